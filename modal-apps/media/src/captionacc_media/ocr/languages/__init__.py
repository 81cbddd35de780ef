"""Which OCR engine reads which language, and what is said when none does."""

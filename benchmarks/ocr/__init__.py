"""How sure the local OCR engines are, against how often they are right."""

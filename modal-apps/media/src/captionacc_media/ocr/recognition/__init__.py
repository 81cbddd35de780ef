"""Recognises the text of lines with PP-OCR models, and says how sure the text is."""

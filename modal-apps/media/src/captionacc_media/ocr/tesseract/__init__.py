"""Tesseract, where it is installed: the program, the pictures it gets, and what it answers."""

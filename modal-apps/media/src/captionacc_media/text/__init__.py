"""Boxes and lines of text, and text that stands still."""

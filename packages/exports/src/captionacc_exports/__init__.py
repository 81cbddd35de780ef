"""Captions as files. All code is pure."""

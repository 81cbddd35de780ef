"""Tells captions from other text by how the text changes and moves. Pure."""

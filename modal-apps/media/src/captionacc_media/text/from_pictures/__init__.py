"""Corrects what an engine read by looking at the picture again."""

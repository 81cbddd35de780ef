"""Scores of caption extents against known captions."""

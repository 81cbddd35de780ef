"""The published scorer of caption extents and texts."""

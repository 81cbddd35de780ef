"""Frame indices, regions, chunks and caption extents."""

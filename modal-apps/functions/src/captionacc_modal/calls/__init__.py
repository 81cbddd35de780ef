"""The work of the compute functions: download, compute, upload, result."""

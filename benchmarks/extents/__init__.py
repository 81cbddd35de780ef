"""The extents model, compared with simpler ways: ``python -m benchmarks.extents``."""

"""The caption-extents model against what it must beat: ``python -m benchmarks.extents``."""

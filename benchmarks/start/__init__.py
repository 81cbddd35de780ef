"""How soon jobs start, compared with a stock Prefect worker: ``python -m benchmarks.start``."""

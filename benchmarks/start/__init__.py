"""How soon work starts, against a stock Prefect process worker: ``python -m benchmarks.start``."""

"""The flow runs that the worker makes, finds, reads and changes on the Prefect server."""

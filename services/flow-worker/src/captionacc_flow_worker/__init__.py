"""The worker: claims jobs in order of priority and runs their flows."""

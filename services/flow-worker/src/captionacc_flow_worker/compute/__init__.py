"""The compute port and its two adapters: local processes and Modal."""

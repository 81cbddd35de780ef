"""The network: its protocol, its runtimes and its weights."""

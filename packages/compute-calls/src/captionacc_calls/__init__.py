"""One compute call in the object store: its claim, its progress and its result."""

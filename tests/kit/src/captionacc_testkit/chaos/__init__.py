"""The stack under random faults: what runs, what breaks it, and what must hold afterwards."""

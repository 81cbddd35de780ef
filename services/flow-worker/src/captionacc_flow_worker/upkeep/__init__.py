"""Finding and repairing what was lost or left behind."""

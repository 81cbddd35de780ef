"""Training: schedule, objective, hardware, curves and export."""

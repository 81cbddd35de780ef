"""The training run: schedule, objective, hardware and export."""

"""What follows training: tuning, scores, calibration and the model card."""

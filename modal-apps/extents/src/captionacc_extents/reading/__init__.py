"""From frames to scores: features, comparisons and text that stands still."""

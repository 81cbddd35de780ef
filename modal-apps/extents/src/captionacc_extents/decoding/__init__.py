"""From scores to captions and gaps."""

"""Where captions stand, from the text boxes of sampled frames. Pure."""

"""Where captions start and end: the model, its decoding and its scores."""

"""Suggests where the captions of a video are, from the text boxes of sampled frames. Pure."""

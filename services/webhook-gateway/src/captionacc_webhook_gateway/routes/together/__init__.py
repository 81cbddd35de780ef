"""Routes by which people work on a video together."""

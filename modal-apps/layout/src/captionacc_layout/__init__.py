"""Finds the tracks of a video: where its captions are, whether or not their text can be read."""

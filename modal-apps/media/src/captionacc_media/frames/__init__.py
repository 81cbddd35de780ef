"""Reads the frames of a video file by presentation time."""

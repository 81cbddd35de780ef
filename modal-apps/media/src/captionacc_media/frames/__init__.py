"""Frames of a video file by presentation time."""

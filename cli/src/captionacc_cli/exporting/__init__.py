"""Exports: a file with the captions of a video, which never replaces another file silently."""

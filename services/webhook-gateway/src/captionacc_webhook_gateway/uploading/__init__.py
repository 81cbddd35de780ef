"""Uploads: their parts, what a file begins with, and how an upload becomes a video."""

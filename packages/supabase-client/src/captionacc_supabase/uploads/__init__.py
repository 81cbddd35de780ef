"""Uploads that a client sends in parts, and what is left of deleted videos."""

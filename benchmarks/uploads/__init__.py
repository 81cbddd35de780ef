"""Uploads a large file in parts, with cuts, and measures the memory of the gateway."""

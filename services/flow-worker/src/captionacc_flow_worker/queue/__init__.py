"""Choosing and claiming jobs."""

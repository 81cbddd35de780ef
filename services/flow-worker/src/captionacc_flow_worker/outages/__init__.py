"""Outages: which service is away, which jobs wait for it, and when it is back."""

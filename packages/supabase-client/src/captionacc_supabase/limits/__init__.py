"""Limits of tenants: what they have used, what is reserved, and refusals."""

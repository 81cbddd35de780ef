"""Measures the reads and the webhooks of the gateway, beside those of another checkout."""

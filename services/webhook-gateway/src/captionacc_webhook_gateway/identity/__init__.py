"""Identifies callers: user tokens, their keys, and the webhook's secret."""

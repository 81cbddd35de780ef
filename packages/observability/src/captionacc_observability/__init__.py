"""Logging, context, metrics, health pings, clock and settings, the same in every service."""

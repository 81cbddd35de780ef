"""Prometheus metrics: each service defines its own, and all services expose them the same way."""

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

__all__ = ["Counter", "Gauge", "Histogram", "exposition"]


def exposition() -> tuple[bytes, str]:
    """Body and content type of ``/metrics``."""
    return generate_latest(), CONTENT_TYPE_LATEST

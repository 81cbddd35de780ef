"""Tenant tiers and the score each starts from; the priority service's defaults."""

from collections.abc import Mapping
from enum import StrEnum


class Tier(StrEnum):
    FREE = "free"
    PREMIUM = "premium"
    ENTERPRISE = "enterprise"


BASE_SCORE: Mapping[Tier, float] = {Tier.FREE: 50.0, Tier.PREMIUM: 70.0, Tier.ENTERPRISE: 90.0}
SMALL_VIDEO_BONUS = 5.0
"""Points for a small video, by default; the worker names its Prefect queues after the scores that
this gives."""

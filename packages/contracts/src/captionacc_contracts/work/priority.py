"""Requests to and answers of the priority service (``/v1/score``, ``/v1/rank``, ``/v1/policy``)."""

from datetime import datetime
from uuid import UUID

import msgspec

from captionacc_contracts.work.tiers import Tier


class ScoreRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a job's score depends on; ``now`` defaults to the service's clock."""

    tier: Tier
    requested_at: datetime
    size_bytes: int | None = None
    ageing: bool = True
    base_override: float | None = None
    now: datetime | None = None


class PriorityScore(msgspec.Struct, frozen=True, kw_only=True):
    """Ranking uses ``score`` (0 to 100, unrounded); people see ``priority``.

    ``static_score`` excludes waiting time.
    """

    score: float
    priority: int
    static_score: float
    base: float
    size_bonus: float
    ageing_bonus: float
    overdue: bool


class PriorityPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The constants in force."""

    base_scores: dict[Tier, float]
    small_video_bytes: int
    small_video_bonus: float
    ageing_per_hour: float
    ageing_cap: float
    max_wait_hours: float
    fair_share_penalty: float


class RankCandidate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    job_id: UUID
    tenant_id: UUID
    static_score: float
    ageing: bool
    requested_at: datetime


class RankRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Candidates to put in order; ``in_progress`` counts running jobs per tenant id."""

    candidates: list[RankCandidate]
    in_progress: dict[str, int] = {}
    now: datetime | None = None


class RankedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate; ``score`` includes the fair share and may be negative, ``priority`` may not."""

    job_id: UUID
    score: float
    priority: int


class RankResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Best first; ties go to the oldest request, then to the smaller job id."""

    ranked: list[RankedJob]

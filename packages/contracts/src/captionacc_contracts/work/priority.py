"""Requests to and answers of the priority service."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from captionacc_contracts.work.tiers import Tier

MOST_SCORES = 1000
"""The most jobs that one request to ``/v1/scores`` scores: milliseconds of work."""

_Points = Annotated[float, Meta(ge=0, le=100)]


class PriorityPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The constants of the scores and of the order."""

    base_scores: dict[Tier, _Points]
    small_video_bytes: Annotated[int, Meta(ge=0, le=2**53)]
    small_video_bonus: _Points
    ageing_per_hour: _Points
    ageing_cap: _Points
    max_wait_hours: Annotated[float, Meta(gt=0, le=1e6)]
    fair_share_penalty: _Points

    def __post_init__(self) -> None:
        missing = [tier.value for tier in Tier if tier not in self.base_scores]
        if missing:
            message = f"base_scores lacks {', '.join(missing)}; give every tier its points."
            raise ValueError(message)


class ScoreRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a job's score depends on.

    ``now`` defaults to the service's clock, and ``policy`` to the service's settings.
    """

    tier: Tier
    requested_at: datetime
    size_bytes: int | None = None
    ageing: bool = True
    base_override: float | None = None
    now: datetime | None = None
    policy: PriorityPolicy | None = None


class ScoresRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Jobs to score at one time under one policy; a job's own time and policy win."""

    jobs: Annotated[list[ScoreRequest], Meta(max_length=MOST_SCORES)]
    now: datetime | None = None
    policy: PriorityPolicy | None = None


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


class ScoresResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The scores in the order of the request."""

    scores: list[PriorityScore]


class RankCandidate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    job_id: UUID
    tenant_id: UUID
    static_score: float
    ageing: bool
    requested_at: datetime


class RankRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Candidates to put in order; ``in_progress`` counts running jobs per tenant id.

    ``now`` defaults to the service's clock, and ``policy`` to the service's settings.
    """

    candidates: list[RankCandidate]
    in_progress: dict[str, int] = {}
    now: datetime | None = None
    policy: PriorityPolicy | None = None


class RankedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate; ``score`` includes the fair share and may be negative, ``priority`` may not."""

    job_id: UUID
    score: float
    priority: int


class RankResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Best first; ties go to the oldest request, then to the smaller job id."""

    ranked: list[RankedJob]

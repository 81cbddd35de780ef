"""The score of one job: its static score, and the points that waiting adds. Pure."""

from datetime import datetime, timedelta

from captionacc_contracts.work.priority import (
    PriorityPolicy,
    PriorityScore,
    ScoreRequest,
)

HIGHEST = 100.0
_HOUR = timedelta(hours=1)


def waited_hours(requested_at: datetime, now: datetime) -> float:
    """Hours since the request; 0 when the requester's clock is ahead of this service's clock."""
    return max(0.0, (now - requested_at) / _HOUR)


def ageing_bonus(policy: PriorityPolicy, waited: float) -> float:
    """Points that ``waited`` hours add."""
    return min(policy.ageing_cap, policy.ageing_per_hour * waited)


def is_overdue(policy: PriorityPolicy, waited: float) -> bool:
    """Whether the job ages and has waited longer than the bound."""
    return waited > policy.max_wait_hours


def aged_score(
    policy: PriorityPolicy,
    *,
    static_score: float,
    ageing: bool,
    requested_at: datetime,
    now: datetime,
) -> float:
    """Return the score at ``now``, from 0 to 100 and unrounded."""
    if not ageing:
        return min(HIGHEST, static_score)
    waited = waited_hours(requested_at, now)
    if is_overdue(policy, waited):
        return HIGHEST
    return min(HIGHEST, static_score + ageing_bonus(policy, waited))


def score(policy: PriorityPolicy, request: ScoreRequest, now: datetime) -> PriorityScore:
    """The score of a job and its parts; ``request.now`` wins over ``now`` when it is given."""
    now = request.now or now
    base = (
        policy.base_scores[request.tier] if request.base_override is None else request.base_override
    )
    # A size of zero means that the size of the upload is unknown.
    small = bool(request.size_bytes) and (request.size_bytes or 0) < policy.small_video_bytes
    size_bonus = policy.small_video_bonus if small else 0.0
    static_score = min(HIGHEST, base + size_bonus)
    waited = waited_hours(request.requested_at, now)
    total = aged_score(
        policy,
        static_score=static_score,
        ageing=request.ageing,
        requested_at=request.requested_at,
        now=now,
    )
    return PriorityScore(
        base=base,
        size_bonus=size_bonus,
        static_score=static_score,
        ageing_bonus=ageing_bonus(policy, waited) if request.ageing else 0.0,
        score=total,
        priority=round(total),
        overdue=request.ageing and is_overdue(policy, waited),
    )

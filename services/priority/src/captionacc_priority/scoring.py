"""The score of one job: what it starts from and what waiting adds. Pure."""

from datetime import datetime, timedelta

from captionacc_contracts.work.priority import (
    PriorityPolicy,
    PriorityScore,
    ScoreRequest,
)

HIGHEST = 100.0
_HOUR = timedelta(hours=1)


def waited_hours(requested_at: datetime, now: datetime) -> float:
    """Hours since the request; 0 when the requester's clock runs ahead of ours."""
    return max(0.0, (now - requested_at) / _HOUR)


def ageing_bonus(policy: PriorityPolicy, waited: float) -> float:
    """Points that ``waited`` hours add."""
    return min(policy.ageing_cap, policy.ageing_per_hour * waited)


def is_overdue(policy: PriorityPolicy, waited: float) -> bool:
    """Whether a job that ages has waited past the bound."""
    return waited > policy.max_wait_hours


def aged_score(
    policy: PriorityPolicy,
    *,
    static_score: float,
    ageing: bool,
    requested_at: datetime,
    now: datetime,
) -> float:
    """The score at ``now``, 0 to 100 and unrounded, from a static score."""
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
    # A size of zero is an upload whose size nobody knows.
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
        score=total,
        priority=round(total),
        static_score=static_score,
        base=base,
        size_bonus=size_bonus,
        ageing_bonus=ageing_bonus(policy, waited) if request.ageing else 0.0,
        overdue=request.ageing and is_overdue(policy, waited),
    )

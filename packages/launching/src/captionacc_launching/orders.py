"""Orders, and the job rows that they become. Pure."""

from datetime import datetime

import msgspec
from captionacc_contracts.work import flows
from captionacc_contracts.work.jobs import CaptionOcr, JobParameters
from captionacc_contracts.work.priority import PriorityScore, ScoreRequest
from captionacc_contracts.work.tiers import Tier
from captionacc_supabase.operating.policies import PolicyStanding
from captionacc_supabase.rows import NewJob, Video


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Work that somebody asks for.

    ``ageing`` says whether the score rises while the job waits. ``user_initiated`` marks the flow
    run of work that a person asked for. ``requested_at`` is a time of the database; null means now.
    """

    video: Video
    tier: Tier
    parameters: JobParameters
    requested_at: datetime | None = None
    ageing: bool = True
    user_initiated: bool = False


def score_request(order: Order, standing: PolicyStanding) -> ScoreRequest:
    """Return the request that asks the priority service to score the order.

    A size that nobody has compared with the object does not count.
    """
    return ScoreRequest(
        tier=order.tier,
        requested_at=order.requested_at or standing.now,
        size_bytes=order.video.checked_size_bytes,
        ageing=order.ageing,
        now=standing.now,
        policy=standing.policy,
    )


def new_job(order: Order, score: PriorityScore, policy_number: int) -> NewJob:
    """Return the job row of an order that was scored under a policy."""
    parameters = order.parameters
    return NewJob(
        video_id=order.video.id,
        tenant_id=order.video.tenant_id,
        parameters=parameters,
        tier=order.tier,
        static_score=score.static_score,
        priority=score.priority,
        ageing=order.ageing,
        policy_number=policy_number,
        tags=flows.tags(
            tenant_id=order.video.tenant_id,
            tier=order.tier,
            priority=score.priority,
            caption_id=parameters.caption_id if isinstance(parameters, CaptionOcr) else None,
            user_initiated=order.user_initiated,
        ),
    )

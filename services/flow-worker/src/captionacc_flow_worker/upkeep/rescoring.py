"""Scores waiting jobs anew when an operator has set another policy."""

import asyncio

from captionacc_contracts.work.priority import ScoreRequest
from captionacc_supabase.database import Database

from captionacc_flow_worker.compute.ports import Priority
from captionacc_flow_worker.upkeep.repairs import Repairs

_BATCH = 500
# Limits one pass; ten thousand jobs take about a second.
_LIMIT_S = 10.0


async def rescore(database: Database, priority: Priority, repairs: Repairs) -> None:
    """Score the waiting jobs whose score is from an earlier policy.

    Raises:
        TransientError: the priority service is away; the jobs keep their scores until it answers.
    """
    until = asyncio.get_running_loop().time() + _LIMIT_S
    stored = _BATCH
    # Fewer than a batch: the others are locked by transactions that begin or end them.
    while stored == _BATCH and asyncio.get_running_loop().time() < until:
        async with database.transaction() as session:
            standing = await session.policies.in_force()
            jobs = await session.policies.jobs_to_score(standing.number, _BATCH)
        if standing.policy is None or not jobs:
            return
        requests = [
            ScoreRequest(
                tier=job.tier,
                requested_at=job.requested_at,
                size_bytes=job.size_bytes,
                ageing=job.ageing,
                base_override=job.base_override,
            )
            for job in jobs
        ]
        scores = await priority.scores(requests, now=standing.now, policy=standing.policy)
        by_id = dict(zip((job.id for job in jobs), scores, strict=True))
        async with database.transaction() as session:
            stored = await session.policies.set_scores(by_id, standing.number)
        repairs.add("jobs_scored_anew", stored)

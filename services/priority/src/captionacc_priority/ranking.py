"""The order of waiting jobs at one moment, with each tenant's fair share. Pure.

Every job that a tenant has in progress lowers the score of its next job by a fixed number of
points. A ranked job counts as in progress for the jobs after it, so the order is the one in which
free slots would be filled one by one. The penalty also applies to overdue jobs, so a tenant cannot
take every slot by letting a thousand jobs wait for a day. It never applies to a tenant with nothing
in progress, which bounds that tenant's wait.
"""

import heapq
from collections import defaultdict, deque
from datetime import datetime
from uuid import UUID

from captionacc_contracts.work.priority import (
    PriorityPolicy,
    RankCandidate,
    RankedJob,
    RankRequest,
    RankResponse,
)

from captionacc_priority.scoring import aged_score


def rank(policy: PriorityPolicy, request: RankRequest, now: datetime) -> RankResponse:
    """All candidates, best first; ties go to the oldest request, then to the smaller job id.

    A ranked score is unrounded and may fall below 0 by the fair share; the shown priority does
    not. ``request.now`` wins over ``now`` when it is given.

    Raises:
        ValueError: when a key of ``request.in_progress`` is not a uuid.
    """
    now = request.now or now
    scored: dict[UUID, list[tuple[float, RankCandidate]]] = defaultdict(list)
    for candidate in request.candidates:
        total = aged_score(
            policy,
            static_score=candidate.static_score,
            ageing=candidate.ageing,
            requested_at=candidate.requested_at,
            now=now,
        )
        scored[candidate.tenant_id].append((total, candidate))

    # All jobs of a tenant carry the same penalty, so only its best can be next.
    waiting = {
        tenant: deque(sorted(jobs, key=lambda job: _order(job[0], job[1])))
        for tenant, jobs in scored.items()
    }
    in_progress: dict[UUID, int] = defaultdict(int)
    for text, count in request.in_progress.items():
        in_progress[UUID(text)] += count
    heads: list[tuple[tuple[float, datetime, UUID], UUID]] = []

    def offer(tenant: UUID) -> None:
        if waiting[tenant]:
            total, candidate = waiting[tenant][0]
            lowered = total - policy.fair_share_penalty * in_progress[tenant]
            heapq.heappush(heads, (_order(lowered, candidate), tenant))

    for tenant in waiting:
        offer(tenant)
    ranked: list[RankedJob] = []
    while heads:
        (negated, _, job_id), tenant = heapq.heappop(heads)
        waiting[tenant].popleft()
        in_progress[tenant] += 1
        ranked.append(RankedJob(job_id=job_id, score=-negated, priority=max(0, round(-negated))))
        offer(tenant)
    return RankResponse(ranked=ranked)


def _order(score: float, candidate: RankCandidate) -> tuple[float, datetime, UUID]:
    return (-score, candidate.requested_at, candidate.job_id)

"""Decides which waiting jobs may start, and their order without the priority service. Pure."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from captionacc_contracts.work.flows import work_queue
from captionacc_contracts.work.priority import RankCandidate


def admissible(
    candidates: Sequence[RankCandidate],
    *,
    in_progress: Mapping[UUID, int],
    limits: Mapping[UUID, int],
    default_limit: int,
    full_queues: Collection[str],
) -> list[RankCandidate]:
    """The candidates whose tenant has a slot left and whose queue is not full."""
    return [
        candidate
        for candidate in candidates
        if in_progress.get(candidate.tenant_id, 0) < limits.get(candidate.tenant_id, default_limit)
        and work_queue(candidate.static_score, ageing=candidate.ageing) not in full_queues
    ]


def by_static_score(candidates: Sequence[RankCandidate]) -> list[UUID]:
    """Job ids, highest static score first, then oldest: the order without the priority service."""
    ordered = sorted(
        candidates,
        key=lambda candidate: (
            -candidate.static_score,
            candidate.requested_at,
            candidate.job_id.bytes,
        ),
    )
    return [candidate.job_id for candidate in ordered]

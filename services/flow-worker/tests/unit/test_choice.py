"""Which heads of the queue may start, and in which order."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from captionacc_contracts.work.flows import work_queue
from captionacc_contracts.work.priority import RankCandidate
from captionacc_flow_worker.queue.choice import (
    admissible,
    by_static_score,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def candidate(
    tenant: UUID, static_score: float = 50, age_h: float = 0, *, ageing: bool = True
) -> RankCandidate:
    return RankCandidate(
        job_id=uuid4(),
        tenant_id=tenant,
        static_score=static_score,
        ageing=ageing,
        requested_at=NOW - timedelta(hours=age_h),
    )


def allowed(
    candidates: list[RankCandidate],
    in_progress: dict[UUID, int] | None = None,
    limits: dict[UUID, int] | None = None,
    full_queues: set[str] | None = None,
) -> list[RankCandidate]:
    return admissible(
        candidates,
        in_progress=in_progress or {},
        limits=limits or {},
        default_limit=2,
        full_queues=full_queues or set(),
    )


def test_a_tenant_at_its_limit_waits() -> None:
    full, free = uuid4(), uuid4()
    heads = [candidate(full), candidate(free)]

    assert allowed(heads, {full: 2, free: 1}) == [heads[1]]
    assert allowed(heads, {full: 2, free: 1}, {full: 3, free: 1}) == [heads[0]]


def test_a_full_queue_leaves_out_only_its_own_ageing_rule() -> None:
    tenant = uuid4()
    ageing, fixed = candidate(tenant), candidate(tenant, ageing=False)

    assert allowed([ageing, fixed], full_queues={work_queue(50, ageing=True)}) == [fixed]


@given(st.lists(st.tuples(st.sampled_from([50.0, 70.0, 90.0]), st.floats(0, 100)), max_size=20))
def test_the_order_without_the_service_is_by_score_then_by_age(
    rows: list[tuple[float, float]],
) -> None:
    candidates = [candidate(uuid4(), score, age) for score, age in rows]

    found = {job.job_id: job for job in candidates}
    ordered = [found[job_id] for job_id in by_static_score(candidates)]

    keys = [(-job.static_score, job.requested_at) for job in ordered]
    assert keys == sorted(keys)
    assert len(ordered) == len(candidates)

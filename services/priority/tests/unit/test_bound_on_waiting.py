"""Simulated days of steady enterprise load: the bound holds, and nothing else would."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from captionacc_contracts.priority import PriorityPolicy, RankCandidate, RankRequest
from captionacc_priority.ranking import rank
from captionacc_priority.settings import PrioritySettings

START = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = PrioritySettings().policy()
SLOTS = 3
SERVICE_MINUTES = 60
STEP_MINUTES = 20
ENTERPRISE_TENANTS = 12


def simulate(policy: PriorityPolicy, *, free_jobs: int, days: int) -> list[float | None]:
    """Hours that each free job waited (null: never started) under more load than slots.

    Each step brings as many enterprise jobs as there are slots, three times what they can do;
    tenants take turns, so there is always work of an enterprise tenant with nothing in progress.
    """
    free_tenant = UUID(int=999)
    waiting: dict[UUID, RankCandidate] = {}
    running: list[tuple[datetime, UUID]] = []
    started: dict[UUID, float] = {}
    number = 0

    def arrive(tenant: UUID, static_score: float, at: datetime) -> UUID:
        nonlocal number
        number += 1
        job_id = UUID(int=number)
        waiting[job_id] = RankCandidate(
            job_id=job_id,
            tenant_id=tenant,
            static_score=static_score,
            ageing=True,
            requested_at=at,
        )
        return job_id

    free = [arrive(free_tenant, 50.0, START) for _ in range(free_jobs)]
    for step in range(days * 24 * 60 // STEP_MINUTES):
        now = START + timedelta(minutes=step * STEP_MINUTES)
        for turn in range(SLOTS):
            arrive(UUID(int=(step * SLOTS + turn) % ENTERPRISE_TENANTS + 1), 90.0, now)
        running = [(end, tenant) for end, tenant in running if end > now]
        while len(running) < SLOTS and waiting:
            counts: dict[str, int] = {}
            for _, tenant in running:
                counts[str(tenant)] = counts.get(str(tenant), 0) + 1
            request = RankRequest(candidates=list(waiting.values()), in_progress=counts)
            best = waiting.pop(rank(policy, request, now).ranked[0].job_id)
            running.append((now + timedelta(minutes=SERVICE_MINUTES), best.tenant_id))
            started[best.job_id] = (now - best.requested_at) / timedelta(hours=1)
    return [started.get(job_id) for job_id in free]


def test_a_free_job_waits_no_longer_than_the_bound_and_one_service() -> None:
    [waited] = simulate(POLICY, free_jobs=1, days=2)
    assert waited is not None
    assert waited <= POLICY.max_wait_hours + (SERVICE_MINUTES + STEP_MINUTES) / 60


def test_every_job_of_a_free_tenant_gets_its_turn_after_the_bound() -> None:
    waits = simulate(POLICY, free_jobs=5, days=3)
    for place, waited in enumerate(waits, start=1):
        assert waited is not None
        # One of the tenant's jobs always runs once they are overdue, whatever else there is.
        assert waited <= POLICY.max_wait_hours + place * (SERVICE_MINUTES + STEP_MINUTES) / 60


def test_without_the_bound_the_same_job_never_starts() -> None:
    unbounded = msgspec.structs.replace(POLICY, max_wait_hours=float("inf"))
    assert simulate(unbounded, free_jobs=1, days=3) == [None]

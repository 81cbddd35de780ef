"""The promises of docs/priority.md by simulation: the bound on waiting, and the fair share.

Jobs arrive, run for a random time up to the longest one, and every free slot goes to whatever the
ranking puts first. Times are hours.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil, floor
from uuid import UUID

import msgspec
import pytest
from captionacc_contracts.work.priority import (
    PriorityPolicy,
    RankCandidate,
    RankRequest,
)
from captionacc_priority.ranking import rank
from captionacc_priority.settings import PrioritySettings

START = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = PrioritySettings().policy()
LONGEST_H = 1.0
NOBODY_STARTED = float("inf")
SMALL, BIG = UUID(int=1), UUID(int=2)


@dataclass
class Simulation:
    """``started`` maps each job to when; ``starts`` lists tenants in the order of starts."""

    policy: PriorityPolicy
    slots: int
    seed: int
    tenant_limit: int = 1_000_000
    number: int = 0
    arrivals: list[tuple[float, int, RankCandidate]] = field(default_factory=list)
    started: dict[UUID, float] = field(default_factory=dict)
    starts: list[tuple[float, UUID]] = field(default_factory=list)

    def arrive(self, tenant: UUID, static_score: float, at: float, *, ageing: bool = True) -> UUID:
        self.number += 1
        job = RankCandidate(
            job_id=UUID(int=self.number),
            tenant_id=tenant,
            static_score=static_score,
            ageing=ageing,
            requested_at=START + timedelta(hours=at),
        )
        self.arrivals.append((at, self.number, job))
        return job.job_id

    def run(self, until: float, service: Callable[[random.Random], float]) -> None:
        draw = random.Random(self.seed)
        self.arrivals.sort(reverse=True)
        # Of one tenant, static score and ageing rule the oldest stands for all.
        waiting: dict[tuple[UUID, float, bool], list[tuple[datetime, int, RankCandidate]]] = {}
        running: list[tuple[float, UUID]] = []
        now = 0.0
        while now <= until:
            while self.arrivals and self.arrivals[-1][0] <= now:
                _, number, job = self.arrivals.pop()
                key = (job.tenant_id, job.static_score, job.ageing)
                heapq.heappush(waiting.setdefault(key, []), (job.requested_at, number, job))
            while running and running[0][0] <= now:
                heapq.heappop(running)
            while len(running) < self.slots and (best := self._choose(waiting, running, now)):
                job = heapq.heappop(waiting[best])[2]
                if not waiting[best]:
                    del waiting[best]
                heapq.heappush(running, (now + service(draw), job.tenant_id))
                self.started[job.job_id] = now
                self.starts.append((now, job.tenant_id))
            upcoming = [end for end, _ in running[:1]] + [at for at, _, _ in self.arrivals[-1:]]
            if not upcoming:
                return
            now = min(upcoming)

    def _choose(
        self,
        waiting: dict[tuple[UUID, float, bool], list[tuple[datetime, int, RankCandidate]]],
        running: list[tuple[float, UUID]],
        now: float,
    ) -> tuple[UUID, float, bool] | None:
        counts: dict[str, int] = {}
        for _, tenant in running:
            counts[str(tenant)] = counts.get(str(tenant), 0) + 1
        heads = {
            queue[0][2].job_id: key
            for key, queue in waiting.items()
            if counts.get(str(key[0]), 0) < self.tenant_limit
        }
        request = RankRequest(
            candidates=[waiting[key][0][2] for key in heads.values()], in_progress=counts
        )
        ranked = rank(self.policy, request, START + timedelta(hours=now)).ranked
        return heads[ranked[0].job_id] if ranked else None


def up_to_an_hour(draw: random.Random) -> float:
    return draw.uniform(0.05, LONGEST_H)


def an_hour(_: random.Random) -> float:
    return LONGEST_H


def bound_h(slots: int, *, older: int, place: int) -> float:
    """Longest wait of the ``place``-th oldest job of a tenant, ``older`` jobs of others before it.

    The number that docs/priority.md states.
    """
    return POLICY.max_wait_hours + LONGEST_H * (2 * place + ceil(older / slots))


@dataclass
class Waits:
    """``hours`` per free job; ``older`` enterprise jobs still waited when those were overdue."""

    hours: list[float]
    older: int


def waits_under_enterprise_load(
    policy: PriorityPolicy,
    *,
    slots: int,
    free_jobs: int = 1,
    backlog: int = 0,
    service: Callable[[random.Random], float] = up_to_an_hour,
) -> Waits:
    """One free tenant among enterprise work that is half as much again as can be done.

    A backlog of older enterprise jobs waits already; enough tenants take turns that one with
    nothing in progress always has work.
    """
    simulation = Simulation(policy, slots, seed=slots)
    tenants = [UUID(int=100 + number) for number in range(4 * slots)]
    earlier = [
        simulation.arrive(tenants[number % len(tenants)], 90.0, 0.0)
        for number in range(backlog + 4 * slots)
    ]
    free = [simulation.arrive(SMALL, 50.0, 0.01) for _ in range(free_jobs)]
    mean_h = LONGEST_H if service is an_hour else (0.05 + LONGEST_H) / 2
    days = 4.0
    for number in range(ceil(days * 24 * 1.5 * slots / mean_h)):
        at = 0.02 + number * mean_h / (1.5 * slots)
        simulation.arrive(tenants[number % len(tenants)], 90.0, at)
    simulation.run(days * 24, service)
    started = simulation.started
    return Waits(
        hours=[started.get(job, NOBODY_STARTED) - 0.01 for job in free],
        older=sum(
            started.get(job, NOBODY_STARTED) > 0.01 + POLICY.max_wait_hours for job in earlier
        ),
    )


@pytest.mark.parametrize(
    ("slots", "free_jobs", "backlog"), [(1, 1, 0), (3, 5, 0), (3, 4, 200), (10, 3, 0)]
)
@pytest.mark.parametrize("service", [up_to_an_hour, an_hour])
def test_a_free_job_under_steady_enterprise_load_starts_within_the_bound(
    slots: int, free_jobs: int, backlog: int, service: Callable[[random.Random], float]
) -> None:
    waits = waits_under_enterprise_load(
        POLICY, slots=slots, free_jobs=free_jobs, backlog=backlog, service=service
    )
    assert (waits.older > 0) == (backlog > 0)
    for place, waited in enumerate(waits.hours, start=1):
        assert waited <= bound_h(slots, older=waits.older, place=place), place
    # The load is such that nothing but the bound helps.
    assert waits.hours[0] > POLICY.max_wait_hours


def test_without_the_bound_the_same_job_never_starts() -> None:
    unbounded = msgspec.structs.replace(POLICY, max_wait_hours=float("inf"))
    assert waits_under_enterprise_load(unbounded, slots=3).hours == [NOBODY_STARTED]


def test_the_wait_for_older_jobs_that_the_bound_counts_is_reached() -> None:
    slots = 2
    simulation = Simulation(POLICY, slots, seed=1)
    for number in range(20):
        simulation.arrive(UUID(int=100 + number), 50.0, 0.0)
    for number in range(60):
        simulation.arrive(UUID(int=200 + number), 100.0, 0.0005, ageing=False)
    last = simulation.arrive(SMALL, 50.0, 0.001)
    for number in range(600):
        simulation.arrive(UUID(int=300 + number % 30), 100.0, 0.002 + number / 10, ageing=False)
    simulation.run(200, an_hour)
    older = 80 - sum(at <= POLICY.max_wait_hours for at, _ in simulation.starts)
    assert older >= 30
    waited = simulation.started[last]
    assert waited <= bound_h(slots, older=older, place=1)
    assert waited >= POLICY.max_wait_hours + LONGEST_H * (older // slots - 1)


def most_ahead(policy: PriorityPolicy, *, score_gap: float, tenant_limit: int) -> int:
    """Most jobs of a big tenant that start before the only job of a small one, as documented."""
    return min(tenant_limit, floor(score_gap / policy.fair_share_penalty) + 1)


def started_ahead(
    *,
    slots: int,
    seed: int,
    tenant_limit: int,
    big_score: float,
    small_score: float,
    ahead_h: float,
) -> int:
    """Jobs of a tenant with 500 that start after a job of another was asked for and before it."""
    simulation = Simulation(POLICY, slots, seed, tenant_limit)
    for _ in range(500):
        simulation.arrive(BIG, big_score, 0.0)
    # Until then nothing could run, as when every worker was away.
    only = simulation.arrive(SMALL, small_score, ahead_h)
    for _, number, job in list(simulation.arrivals):
        simulation.arrivals[number - 1] = (ahead_h, number, job)
    simulation.run(ahead_h + 1000, up_to_an_hour)
    order = [tenant for _, tenant in simulation.starts]
    assert only in simulation.started
    return order.index(SMALL)


GAPS = {
    # Same tier; the small tenant's video is asked for this many hours after the 500.
    "at once": (50.0, 50.0, 0.01, 0.02),
    "small videos against a large one": (55.0, 50.0, 0.01, 5.02),
    "five hours": (50.0, 50.0, 5.0, 10.0),
    "as old as ageing counts": (55.0, 50.0, 12.0, 25.0),
    "overdue": (50.0, 50.0, 30.0, 50.0),
}


@pytest.mark.parametrize("name", GAPS)
@pytest.mark.parametrize("tenant_limit", [4, 1000])
@pytest.mark.parametrize("seed", range(2))
def test_one_video_waits_behind_no_more_than_the_stated_number_of_500(
    name: str, tenant_limit: int, seed: int
) -> None:
    big, small, ahead_h, score_gap = GAPS[name]
    most = most_ahead(POLICY, score_gap=score_gap, tenant_limit=tenant_limit)
    lead = {"big_score": big, "small_score": small, "ahead_h": ahead_h}
    for slots in (most + 1, most + 6, 40):
        ahead = started_ahead(slots=slots, seed=seed, tenant_limit=tenant_limit, **lead)
        assert ahead <= most
        # The number is no looser than it must be.
        assert ahead == most or score_gap % POLICY.fair_share_penalty < 0.1


def test_the_stated_numbers_are_those_of_the_defaults() -> None:
    assert most_ahead(POLICY, score_gap=25, tenant_limit=4) == 4
    assert most_ahead(POLICY, score_gap=25, tenant_limit=1000) == 6
    assert most_ahead(POLICY, score_gap=50, tenant_limit=1000) == 11
    assert bound_h(10, older=0, place=1) == 26


def test_without_the_fair_share_all_500_go_first() -> None:
    simulation = Simulation(msgspec.structs.replace(POLICY, fair_share_penalty=0.0), 10, 1)
    for _ in range(500):
        simulation.arrive(BIG, 50.0, 0.0)
    simulation.arrive(SMALL, 50.0, 0.001)
    simulation.run(1000, up_to_an_hour)
    assert [tenant for _, tenant in simulation.starts].index(SMALL) == 500

"""The choice by heads and ranking, against a queue that looks at every waiting job each time.

The heads are those of the rule that the SQL follows, written again here without SQL.
"""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from captionacc_contracts.work.priority import (
    PriorityPolicy,
    RankCandidate,
    RankRequest,
    ScoreRequest,
)
from captionacc_contracts.work.tiers import Tier
from captionacc_priority.ranking import rank
from captionacc_priority.scoring import score
from captionacc_priority.settings import PrioritySettings
from captionacc_testkit.clock import FakeClock
from captionacc_testkit.queue_model import QueuedJob, QueueModel
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TENANTS = st.integers(1, 400).map(lambda number: UUID(int=number))
FEW_TENANTS = st.integers(1, 5).map(lambda number: UUID(int=number))
SIZES = st.sampled_from([None, 0, 1, 49_999_999, 50_000_000])
OVERRIDES = st.sampled_from([None, None, None, 0.0, 52.5, 98.0, 100.0])


def heads(model: QueueModel, now: datetime) -> list[QueuedJob]:
    """The oldest of each static score and ageing rule: one for every tenant with jobs in progress,
    and one for all tenants with none."""
    oldest: dict[tuple[UUID | None, float, bool], QueuedJob] = {}
    busy = model.in_progress()
    for job in model.may_start(now):
        key = (job.tenant_id if job.tenant_id in busy else None, job.static_score, job.ageing)
        known = oldest.get(key)
        if known is None or (job.requested_at, job.job_id) < (known.requested_at, known.job_id):
            oldest[key] = job
    return list(oldest.values())


def chosen(model: QueueModel, now: datetime) -> UUID | None:
    """What the worker would start."""
    request = RankRequest(
        candidates=[
            RankCandidate(**{name: getattr(head, name) for name in RankCandidate.__struct_fields__})
            for head in heads(model, now)
        ],
        in_progress={str(tenant): count for tenant, count in model.in_progress().items()},
    )
    ranked = rank(model.policy, request, now).ranked
    return ranked[0].job_id if ranked else None


class Choosing(RuleBasedStateMachine):
    """Jobs come, wait, start, end, fail and are cancelled, while the clock moves on."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock(START)
        self.model = QueueModel(policy=PrioritySettings().policy())
        self.started: set[UUID] = set()
        self.number = 0

    @initialize(
        policy=st.builds(
            PrioritySettings,
            priority_ageing_per_hour=st.sampled_from([0.0, 0.5, 2.0]),
            priority_ageing_cap=st.sampled_from([0.0, 20.0, 60.0]),
            priority_max_wait_hours=st.sampled_from([1.0, 24.0]),
            priority_fair_share_penalty=st.sampled_from([0.0, 2.5, 5.0, 40.0]),
        ).map(lambda found: found.policy()),
        jobs=st.sampled_from([0, 20, 300, 3000]),
        tenants=st.sampled_from([2, 12, 400]),
        running=st.integers(0, 30),
        seed=st.integers(0, 10_000),
    )
    def begin(
        self, policy: PriorityPolicy, jobs: int, tenants: int, running: int, seed: int
    ) -> None:
        self.model = QueueModel(policy=policy)
        draw = random.Random(seed).choice
        for _ in range(jobs):
            self.ask(
                tenant=UUID(int=draw(range(1, tenants + 1))),
                tier=draw(list(Tier)),
                size=draw([None, 1, 10**9]),
                override=draw([None, None, None, 98.0]),
                ageing=draw([True, True, False]),
                # Tenths of an hour, so that many are equally old.
                hours_ago=draw(range(300)) / 10,
            )
        for job_id in list(self.model.waiting)[:running]:
            self.model.start(job_id)
            self.started.add(job_id)

    def ask(
        self,
        tenant: UUID,
        tier: Tier,
        size: int | None,
        override: float | None,
        ageing: bool,
        hours_ago: float,
    ) -> None:
        request = ScoreRequest(
            tier=tier,
            requested_at=self.clock.now(),
            size_bytes=size,
            ageing=ageing,
            base_override=override,
        )
        scored = score(self.model.policy, request, self.clock.now())
        assert scored.static_score == self.model.static_score(
            tier, size_bytes=size, base_override=override
        )
        # Ids that do not grow with age, so that ties are told apart by them.
        self.number += 1
        job_id = UUID(int=self.number * 7919 % 1_000_003)
        self.model.waiting[job_id] = QueuedJob(
            job_id=job_id,
            tenant_id=tenant,
            static_score=scored.static_score,
            ageing=ageing,
            requested_at=self.clock.now() - timedelta(hours=hours_ago),
        )

    @rule(
        tenant=TENANTS,
        tier=st.sampled_from(Tier),
        size=SIZES,
        override=OVERRIDES,
        ageing=st.booleans(),
    )
    def submit(
        self, tenant: UUID, tier: Tier, size: int | None, override: float | None, ageing: bool
    ) -> None:
        self.ask(tenant, tier, size, override, ageing, 0.0)

    @rule(tenant=FEW_TENANTS, tier=st.sampled_from(Tier), jobs=st.integers(2, 200))
    def submit_a_pile(self, tenant: UUID, tier: Tier, jobs: int) -> None:
        for _ in range(jobs):
            self.ask(tenant, tier, None, None, True, 0.0)

    @rule(slots=st.integers(1, 8))
    def free_slots(self, slots: int) -> None:
        for _ in range(slots):
            best = self.model.best(self.clock.now())
            assert chosen(self.model, self.clock.now()) == best
            if best is None:
                return
            self.model.start(best)
            assert best not in self.started
            self.started.add(best)

    @precondition(lambda self: self.model.running)
    @rule(data=st.data(), retried_in_s=st.none() | st.integers(0, 7200))
    def end(self, data: st.DataObject, retried_in_s: int | None) -> None:
        job = self.model.running.pop(data.draw(st.sampled_from(list(self.model.running))))
        if retried_in_s is not None:
            job.not_before = self.clock.now() + timedelta(seconds=retried_in_s)
            self.model.waiting[job.job_id] = job
            self.started.remove(job.job_id)

    @precondition(lambda self: self.model.waiting)
    @rule(data=st.data())
    def cancel_the_best_or_any(self, data: st.DataObject) -> None:
        best = self.model.best(self.clock.now())
        some = [best] if best is not None else []
        del self.model.waiting[data.draw(st.sampled_from([*some, next(iter(self.model.waiting))]))]

    @rule(tenant=FEW_TENANTS, limit=st.integers(1, 4))
    def limit_a_tenant(self, tenant: UUID, limit: int) -> None:
        self.model.limits[tenant] = limit

    @rule(seconds=st.sampled_from([0.001, 60, 3600, 5 * 3600, 11 * 3600, 25 * 3600]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @invariant()
    def heads_are_few(self) -> None:
        found = heads(self.model, self.clock.now())
        groups = {(job.static_score, job.ageing) for job in self.model.waiting.values()}
        assert len(found) <= len(groups) * (1 + len(self.model.in_progress()))


Choosing.TestCase.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
TestChoosing = Choosing.TestCase

"""The SQL's heads and claims on real Postgres, compared with a brute-force model of the queue.

To let time pass, the tests move the times in the rows into the past.
"""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import pytest
from captionacc_contracts.errors import ErrorCode, ErrorReport
from captionacc_contracts.work.jobs import InitialProcessing
from captionacc_contracts.work.priority import RankCandidate, RankRequest
from captionacc_priority.ranking import rank
from captionacc_priority.settings import PrioritySettings
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job, Lease
from captionacc_testkit.queue_model import QueuedJob, QueueModel
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

T = TypeVar("T")
POLICY = PrioritySettings().policy()
REPORT = ErrorReport(code=ErrorCode.OCR_UNAVAILABLE, message="No OCR.", stage="ocr")
TENANTS = st.integers(1, 6)
SCORES = st.sampled_from([50.0, 55.0, 70.0, 98.0])
INSERT = """
with made as (
    insert into captionacc.videos (tenant_id, display_name, status)
    select md5('tenant ' || ($2 + n % $3))::uuid, 'v', 'queued' from generate_series(0, $1 - 1) n
    returning id, tenant_id
), numbered as (select *, row_number() over () as n from made)
insert into captionacc.jobs (kind, video_id, tenant_id, input_digest, parameters, tier,
    static_score, priority, ageing, requested_at)
select 'video_initial_processing', id, tenant_id, 'd', $4, 'free', $5 + 5 * (n % $6), 50,
    (n * $8) % 3 > 0, date_trunc('hour', now()) - make_interval(hours => ((n * $8) % $7)::int)
from numbered returning id, tenant_id, static_score, ageing, requested_at
"""


class Choosing(RuleBasedStateMachine):
    database: Database
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.model = QueueModel(policy=POLICY)
        self.leases: dict[UUID, Lease] = {}
        self.do(self.empty())

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, 30))

    async def empty(self) -> None:
        async with self.database.transaction() as session:
            await session.statements.run("truncate captionacc.tenants cascade")

    @initialize(jobs=st.sampled_from([0, 30, 2000]), tenants=st.sampled_from([1, 40, 300]))
    def begin(self, jobs: int, tenants: int) -> None:
        if jobs:
            self.do(self.insert(jobs, 1, tenants, 50.0, scores=6, hours=30, stride=7))

    async def insert(
        self,
        jobs: int,
        first_tenant: int,
        tenants: int,
        score: float,
        *,
        scores: int,
        hours: int,
        stride: int,
    ) -> None:
        """Add jobs of several tenants, with up to ``scores`` scores and ``hours`` waiting times."""
        parameters = InitialProcessing(video_key="k")
        shape = (jobs, first_tenant, tenants, parameters, score, scores, hours, stride)
        async with self.database.transaction() as session:
            rows = await session.statements.records(INSERT, *shape)
        for row in rows:
            job = QueuedJob(job_id=row["id"], **{name: row[name] for name in list(row.keys())[1:]})
            self.model.waiting[job.job_id] = job

    @rule(jobs=st.integers(1, 30), tenant=TENANTS, several=st.integers(1, 3), score=SCORES)
    def ask(self, jobs: int, tenant: int, several: int, score: float) -> None:
        self.do(self.insert(jobs, tenant, several, score, scores=1, hours=2, stride=1))

    @rule(slots=st.integers(1, 6))
    def free_slots(self, slots: int) -> None:
        for _ in range(slots):
            if not self.do(self.start_best()):
                return

    async def start_best(self) -> bool:
        async with self.database.transaction() as session:
            now = await session.statements.value("select now()")
            heads = await session.jobs.heads()
            in_progress = await session.jobs.in_progress()
        assert in_progress == self.model.in_progress()
        fields = RankCandidate.__struct_fields__
        request = RankRequest(
            candidates=[
                RankCandidate(**{name: getattr(head, name) for name in fields}) for head in heads
            ],
            in_progress={str(tenant): count for tenant, count in in_progress.items()},
        )
        ranked = rank(POLICY, request, now).ranked
        best = self.model.best(now)
        assert (ranked[0].job_id if ranked else None) == best
        if best is None:
            return False
        async with self.database.transaction() as session:
            claimed = await session.jobs.claim(best, "worker", 3600)
        assert claimed is not None
        assert claimed.lease is not None
        self.model.start(best)
        self.leases[best] = claimed.lease
        return True

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), how=st.sampled_from(["fail", "retry later", "release"]))
    def end(self, data: st.DataObject, how: str) -> None:
        job = self.model.running.pop(data.draw(st.sampled_from(list(self.model.running))))
        self.do(self.end_one(job, how))

    async def end_one(self, job: QueuedJob, how: str) -> None:
        lease = self.leases.pop(job.job_id)
        async with self.database.transaction() as session:
            if how == "fail":
                await session.jobs.fail(lease, REPORT)
                return
            if how == "release":
                now = await session.jobs.release(lease)
            else:
                now = await session.jobs.retry(lease, REPORT, 1800)
        job.not_before = now.not_before
        self.model.waiting[job.job_id] = job

    @precondition(lambda self: self.model.waiting)
    @rule(place=st.integers(0, 50))
    def cancel(self, place: int) -> None:
        job_id = list(self.model.waiting)[place % len(self.model.waiting)]
        self.do(self.cancel_one(job_id))
        del self.model.waiting[job_id]

    async def cancel_one(self, job_id: UUID) -> None:
        async with self.database.transaction() as session:
            await session.jobs.request_cancel(job_id)

    @rule(place=st.integers(0, 5))
    def claim_a_job_that_may_not_start(self, place: int) -> None:
        barred = [
            job.job_id
            for job in self.model.waiting.values()
            if self.model.running_of(job.tenant_id)
            >= self.model.limits.get(job.tenant_id, 1_000_000)
        ]
        for job_id in barred[place : place + 1]:
            assert self.do(self.claim(job_id)) is None

    async def claim(self, job_id: UUID) -> Job | None:
        async with self.database.transaction() as session:
            return await session.jobs.claim(job_id, "worker", 3600)

    @precondition(lambda self: self.model.waiting)
    @rule(place=st.integers(0, 50), limit=st.integers(1, 3))
    def limit_a_tenant(self, place: int, limit: int) -> None:
        jobs = list(self.model.waiting.values())
        self.do(self.set_limit(jobs[place % len(jobs)].tenant_id, limit))

    async def set_limit(self, tenant_id: UUID, limit: int) -> None:
        async with self.database.transaction() as session:
            await session.statements.run(
                "update captionacc.tenants set max_concurrent_jobs = $2 where id = $1",
                tenant_id,
                limit,
            )
        self.model.limits[tenant_id] = limit

    @rule(hours=st.sampled_from([0.25, 1, 6, 25]))
    def wait(self, hours: float) -> None:
        self.do(self.make_older(timedelta(hours=hours)))

    async def make_older(self, age: timedelta) -> None:
        async with self.database.transaction() as session:
            await session.statements.run(
                """
                update captionacc.jobs
                set requested_at = requested_at - $1::interval,
                    not_before = not_before - $1::interval
                where state in ('queued', 'running')
                """,
                age,
            )
        for job in [*self.model.waiting.values(), *self.model.running.values()]:
            job.requested_at -= age
            if job.not_before is not None:
                job.not_before -= age


@pytest.mark.timeout(180)
def test_heads_and_claims_choose_like_a_search_of_every_job(module_database_dsn: str) -> None:
    loop = asyncio.new_event_loop()

    async def prepare() -> Database:
        connection = await asyncpg.connect(module_database_dsn)
        await connection.execute("alter table captionacc.videos disable trigger announce_video")
        await connection.close()
        return await Database.connect(module_database_dsn, application_name="model")

    database = loop.run_until_complete(prepare())
    try:
        run_state_machine_as_test(
            type("ChoosingHere", (Choosing,), {"database": database, "loop": loop}),
            settings=settings(
                max_examples=8,
                stateful_step_count=25,
                deadline=None,
                # Shrinking would repeat a failure for minutes.
                phases=[Phase.explicit, Phase.reuse, Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        loop.run_until_complete(database.close())
        loop.close()

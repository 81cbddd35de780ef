"""The SQL's heads and claims against a queue by brute force, on real Postgres.

Time passes by making everything that was written older.
"""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from captionacc_contracts.errors import ErrorCode, ErrorReport
from captionacc_contracts.work.jobs import InitialProcessing
from captionacc_contracts.work.priority import RankCandidate, RankRequest
from captionacc_priority.ranking import rank
from captionacc_priority.settings import PrioritySettings
from captionacc_supabase.database import Database
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

    def __init__(self):
        super().__init__()
        self.model = QueueModel(policy=POLICY)
        self.leases = {}
        self.do(self.empty())

    def do(self, work):
        return self.loop.run_until_complete(asyncio.wait_for(work, 30))

    async def empty(self):
        async with self.database.transaction() as session:
            await session.statements.run("truncate captionacc.tenants cascade")

    @initialize(jobs=st.sampled_from([0, 30, 2000]), tenants=st.sampled_from([1, 40, 300]))
    def begin(self, jobs, tenants):
        if jobs:
            self.do(self.insert(jobs, 1, tenants, 50.0, 6, 30, 7))

    async def insert(self, *shape):
        jobs, first, tenants, *rest = shape
        parameters = InitialProcessing(video_key="k")
        async with self.database.transaction() as session:
            rows = await session.statements.records(INSERT, jobs, first, tenants, parameters, *rest)
        for row in rows:
            job = QueuedJob(job_id=row["id"], **{name: row[name] for name in list(row.keys())[1:]})
            self.model.waiting[job.job_id] = job

    @rule(jobs=st.integers(1, 30), tenant=TENANTS, several=st.integers(1, 3), score=SCORES)
    def ask(self, jobs, tenant, several, score):
        self.do(self.insert(jobs, tenant, several, score, 1, 2, 1))

    @rule(slots=st.integers(1, 6))
    def free_slots(self, slots):
        for _ in range(slots):
            if not self.do(self.start_best()):
                return

    async def start_best(self):
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
        self.model.start(best)
        self.leases[best] = claimed.lease
        return True

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), how=st.sampled_from(["fail", "retry later", "release"]))
    def end(self, data, how):
        job = self.model.running.pop(data.draw(st.sampled_from(list(self.model.running))))
        self.do(self.end_one(job, how))

    async def end_one(self, job, how):
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
    def cancel(self, place):
        job_id = list(self.model.waiting)[place % len(self.model.waiting)]
        self.do(self.cancel_one(job_id))
        del self.model.waiting[job_id]

    async def cancel_one(self, job_id):
        async with self.database.transaction() as session:
            await session.jobs.request_cancel(job_id)

    @rule(place=st.integers(0, 5))
    def one_that_may_not_start_is_not_claimed(self, place):
        barred = [
            job.job_id
            for job in self.model.waiting.values()
            if self.model.running_of(job.tenant_id)
            >= self.model.limits.get(job.tenant_id, 1_000_000)
        ]
        for job_id in barred[place : place + 1]:
            assert self.do(self.claim(job_id)) is None

    async def claim(self, job_id):
        async with self.database.transaction() as session:
            return await session.jobs.claim(job_id, "worker", 3600)

    @precondition(lambda self: self.model.waiting)
    @rule(place=st.integers(0, 50), limit=st.integers(1, 3))
    def limit_a_tenant(self, place, limit):
        jobs = list(self.model.waiting.values())
        self.do(self.set_limit(jobs[place % len(jobs)].tenant_id, limit))

    async def set_limit(self, tenant_id: UUID, limit):
        async with self.database.transaction() as session:
            await session.statements.run(
                "update captionacc.tenants set max_concurrent_jobs = $2 where id = $1",
                tenant_id,
                limit,
            )
        self.model.limits[tenant_id] = limit

    @rule(hours=st.sampled_from([0.25, 1, 6, 25]))
    def wait(self, hours):
        self.do(self.make_older(timedelta(hours=hours)))

    async def make_older(self, age):
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
def test_heads_and_claims_choose_as_looking_at_every_job_does(module_database_dsn):
    loop = asyncio.new_event_loop()

    async def prepare():
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

"""The heads of the queue are few, include the best job, and are found fast among ten thousand."""

import os
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.priority import RankCandidate, RankRequest
from captionacc_contracts.work.tiers import Tier
from captionacc_priority.ranking import rank
from captionacc_priority.settings import PrioritySettings
from captionacc_supabase.database import Database
from captionacc_supabase.jobs.job_rows import decode_job
from captionacc_supabase.rows import Job, QueueHead
from captionacc_supabase.session import Session

if TYPE_CHECKING:
    from conftest import Scene

POLICY = PrioritySettings().policy()

TENANTS = """
insert into captionacc.tenants (id) select gen_random_uuid() from generate_series(1, $1)
returning id
"""
VIDEOS = """
insert into captionacc.videos (tenant_id, display_name, status)
select ($2::uuid[])[1 + n % cardinality($2::uuid[])], 'v' || n, 'queued'
from generate_series(0, $1 - 1) n
"""
JOBS = """
insert into captionacc.jobs
    (kind, video_id, tenant_id, input_digest, parameters, tier, static_score, priority, ageing,
     requested_at)
select 'video_initial_processing', id, tenant_id, 'd',
    '{"type": "video_initial_processing", "video_key": "k"}', 'free',
    (array[50, 55, 70, 75, 90, 95])[1 + n % 6], 50, n % 20 <> 0,
    now() - make_interval(secs => (n * 7919) % 86400)
from (select id, tenant_id, row_number() over (order by display_name) as n from captionacc.videos) v
"""


async def fill(database: Database, jobs: int, tenants: int) -> None:
    async with database.transaction() as session:
        ids = await session.statements.values(TENANTS, tenants)
        await session.statements.run("alter table captionacc.videos disable trigger announce_video")
        await session.statements.run(VIDEOS, jobs, ids)
        await session.statements.run("alter table captionacc.videos enable trigger announce_video")
        await session.statements.run(JOBS)
    async with database.transaction() as session:
        await session.statements.run("analyze captionacc.jobs")


def score(
    job: Job | QueueHead, running: Mapping[UUID, int], penalty: float, now: datetime
) -> float:
    """A policy of the service's form; its best job is a head for all constants of the policy."""
    waited_h = (now - job.requested_at).total_seconds() / 3600
    ageing = min(20, 2 * waited_h) if job.ageing else 0
    return min(100, job.static_score + ageing) - penalty * running.get(job.tenant_id, 0)


async def all_jobs(session: Session, sql: str) -> list[Job]:
    return [decode_job(record) for record in await session.statements.records(sql)]


async def run_some(database: Database, jobs: Sequence[Job], every: int) -> None:
    async with database.transaction() as session:
        for job in jobs[::every]:
            await session.jobs.claim(job.id, "worker", 600)


@pytest.mark.parametrize(("tenants", "penalty"), [(1, 10), (7, 10), (40, 3), (40, 0)])
async def test_the_best_of_all_is_among_the_heads(
    database: Database, tenants: int, penalty: float
) -> None:
    await fill(database, 300, tenants)
    async with database.transaction() as session:
        every = await all_jobs(session, "select * from captionacc.jobs")
        now = await session.statements.value("select now()")
    await run_some(database, every, 23)
    for _ in range(30):
        async with database.transaction() as session:
            waiting = await all_jobs(
                session, "select * from captionacc.jobs where state = 'queued'"
            )
            running = await session.jobs.in_progress()
            heads = await session.jobs.heads()

            def place(
                job: Job | QueueHead, running: Mapping[UUID, int] = running
            ) -> tuple[float, datetime]:
                return (-score(job, running, penalty, now), job.requested_at)

            best = min(waiting, key=place)
            chosen = min(heads, key=place)
            assert place(chosen) == place(best)
            assert await session.jobs.claim(chosen.job_id, "worker", 600)


def request(heads: Collection[QueueHead], in_progress: Mapping[UUID, int]) -> RankRequest:
    fields = RankCandidate.__struct_fields__
    return RankRequest(
        candidates=[
            RankCandidate(**{name: getattr(job, name) for name in fields}) for job in heads
        ],
        in_progress={str(tenant): count for tenant, count in in_progress.items()},
    )


@pytest.mark.parametrize("tenants", [1, 50, 1000, 5000])
async def test_a_choice_among_ten_thousand_waiting_jobs_has_few_heads_and_is_fast(
    database: Database, tenants: int, record_property: Callable[[str, object], None]
) -> None:
    await fill(database, 10_000, tenants)
    async with database.transaction() as session:
        some = await all_jobs(
            session, "select * from captionacc.jobs order by requested_at limit 60"
        )
    await run_some(database, some, 2)
    took = []
    heads: list[QueueHead] = []
    async with database.transaction() as session:
        for _ in range(9):
            started = time.perf_counter()
            heads = await session.jobs.heads()
            in_progress = await session.jobs.in_progress()
            ranked = rank(POLICY, request(heads, in_progress), datetime.now(UTC)).ranked
            took.append((time.perf_counter() - started) * 1000)
            assert len(ranked) == len(heads)
    median_ms = sorted(took)[4]
    record_property("choice_median_ms", round(median_ms, 1))
    print(
        f"{tenants} tenants: a choice among {len(heads)} heads in {median_ms:.1f} ms"
        f" (least {min(took):.1f}), load {os.getloadavg()[0]:.1f}"
    )
    assert 0 < len(heads) <= 12 + 12 * 30
    assert median_ms < 250


async def test_kinds_that_may_not_start_do_not_hide_those_that_may(scene: "Scene") -> None:
    busy = await scene.active_video()
    crop = await scene.crop(busy)
    initial = await scene.initial(await scene.video())
    async with scene.database.transaction() as session:
        assert [head.job_id for head in await session.jobs.heads()] == [crop.id]
        (head,) = await session.jobs.heads([JobKind.VIDEO_INITIAL_PROCESSING])
        assert head.job_id == initial.id
        assert await session.jobs.heads([JobKind.CAPTION_OCR]) == []


async def head(scene: "Scene") -> UUID:
    """The only head of the queue."""
    async with scene.database.transaction() as session:
        (head,) = await session.jobs.heads()
    return head.job_id


async def made_older(scene: "Scene", job: Job, hours: float) -> None:
    async with scene.database.transaction() as session:
        await session.statements.run(
            "update captionacc.jobs set requested_at = now() - make_interval(secs => $2)"
            " where id = $1",
            job.id,
            hours * 3600.0,
        )


async def test_a_video_that_has_begun_goes_on_before_another_begins(scene: "Scene") -> None:
    first, second = await scene.active_video(), await scene.active_video()
    waiting = await scene.initial(await scene.video())
    await made_older(scene, waiting, 1)
    assert await head(scene) == waiting.id

    later = await scene.crop(second)
    sooner = await scene.crop(first)

    async with scene.database.transaction() as session:
        (found,) = await session.jobs.heads()
    # Of two videos that have begun, the older one goes on, and the turn is that of the oldest job.
    assert found.job_id == sooner.id
    assert found.requested_at == (await scene.job(waiting.id)).requested_at
    for job in (sooner, later, waiting):
        assert await head(scene) == job.id
        await scene.claim(job)


async def test_a_video_that_has_begun_passes_only_equal_jobs_of_its_tenant(
    scene: "Scene",
) -> None:
    other_tenant = uuid.uuid4()
    async with scene.database.transaction() as session:
        await session.tenants.upsert(other_tenant, "another", Tier.FREE)
    begun = await scene.crop(await scene.active_video())
    other = await scene.initial(await scene.video(other_tenant), other_tenant)
    await made_older(scene, other, 1)
    assert await head(scene) == other.id
    better = await scene.initial(await scene.video())
    async with scene.database.transaction() as session:
        await session.statements.run(
            "update captionacc.jobs set static_score = 90 where id = $1", better.id
        )
        heads = {found.static_score: found.job_id for found in await session.jobs.heads()}
    assert heads.pop(90.0) == better.id
    assert list(heads.values()) == [other.id]
    assert begun.id not in heads.values()


async def test_a_job_is_not_passed_over_after_twelve_hours(scene: "Scene") -> None:
    waiting = await scene.initial(await scene.video())
    begun = await scene.crop(await scene.active_video())
    await made_older(scene, waiting, 11.9)
    assert await head(scene) == begun.id
    await made_older(scene, waiting, 12.1)
    assert await head(scene) == waiting.id

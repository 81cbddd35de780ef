"""Which worker runs a job: the claim, the fencing token, and reclaiming interrupted jobs."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from captionacc_contracts.errors import (
    ErrorCode,
    ErrorReport,
    PermanentError,
    TransientError,
)
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.work.compute import ComputeCall, Progress
from captionacc_contracts.work.functions import FunctionName
from captionacc_contracts.work.states import (
    CaptionStatus,
    JobState,
    VersionStatus,
    VideoStatus,
)
from captionacc_contracts.work.tiers import Tier
from captionacc_supabase.rows import Job, Lease
from captionacc_supabase.session import Session
from captionacc_testkit.waiting import eventually

if TYPE_CHECKING:
    from conftest import Scene

Write = Callable[[Session], Awaitable[object]]
REPORT = ErrorReport(code=ErrorCode.OCR_UNAVAILABLE, message="No OCR.", stage="ocr")
UPPER = CropRegion(crop_left=0.1, crop_top=0.1, crop_right=0.9, crop_bottom=0.2)


async def test_one_of_twenty_claims_wins(scene: "Scene") -> None:
    job = await scene.initial(await scene.video())

    async def claim(number: int) -> Job | None:
        async with scene.database.transaction() as session:
            return await session.jobs.claim(job.id, f"worker-{number}", 60)

    claimed = [found for found in await asyncio.gather(*map(claim, range(20))) if found]
    assert len(claimed) == 1
    now = await scene.job(job.id)
    assert now.state is JobState.RUNNING
    assert now.attempt == 1
    assert now.lease == claimed[0].lease
    assert (await scene.read(job.video_id)).status is VideoStatus.PROCESSING


async def test_a_stale_token_writes_nothing(scene: "Scene") -> None:
    job = await scene.initial(await scene.video())
    stale = await scene.claim(job, "slow")
    await scene.expire(stale)
    async with scene.database.transaction() as session:
        assert [found.id for found in await session.jobs.reclaim_expired()] == [job.id]
    fresh = await scene.claim(job, "fast")
    assert fresh.token > stale.token
    call = ComputeCall(call_id="c", function=FunctionName.EXTRACT_FRAMES_AND_OCR, digest="d")
    progress = Progress(stage="ocr", done=1, total=2)
    writes: tuple[Write, ...] = (
        lambda session: session.jobs.set_compute_call(stale, call),
        lambda session: session.jobs.release(stale),
        lambda session: session.jobs.retry(stale, REPORT, 1),
        lambda session: session.jobs.fail(stale, REPORT),
        lambda session: session.jobs.cancelled(stale),
        lambda session: session.jobs.hold(stale),
        lambda session: session.videos.set_progress(stale, job.video_id, progress),
    )
    before = await scene.job(job.id), await scene.read(job.video_id)
    for write in writes:
        with pytest.raises(TransientError) as caught:
            async with scene.database.transaction() as session:
                await write(session)
        assert caught.value.code is ErrorCode.LEASE_LOST
    assert (await scene.job(job.id), await scene.read(job.video_id)) == before
    async with scene.database.transaction() as session:
        assert await session.jobs.renew("slow", [stale.token], 60) == set()
        await session.jobs.set_compute_call(fresh, call)
    assert (await scene.job(job.id)).compute_call == call


async def test_an_expired_lease_writes_nothing_until_it_is_renewed(scene: "Scene") -> None:
    job = await scene.initial(await scene.video())
    lease = await scene.claim(job)
    await scene.expire(lease)
    with pytest.raises(TransientError):
        async with scene.database.transaction() as session:
            await session.jobs.fail(lease, REPORT)
    async with scene.database.transaction() as session:
        assert await session.jobs.renew("worker", [lease.token, 10**9], 60) == {lease.token}
        assert await session.jobs.reclaim_expired() == []
        await session.jobs.hold(lease)


async def test_reclaiming_ends_in_error_after_the_last_attempt(scene: "Scene") -> None:
    job = await scene.initial(await scene.video())

    async def interrupt() -> Job:
        await scene.expire(await scene.claim(job))
        async with scene.database.transaction() as session:
            (reclaimed,) = await session.jobs.reclaim_expired(max_attempts=2)
        return reclaimed

    reclaimed = await interrupt()
    assert (reclaimed.attempt, reclaimed.state) == (1, JobState.QUEUED)
    reclaimed = await interrupt()
    assert (reclaimed.attempt, reclaimed.state) == (2, JobState.ERROR)
    assert reclaimed.error is not None
    assert reclaimed.error.code is ErrorCode.ATTEMPTS_EXHAUSTED
    video = await scene.read(job.video_id)
    assert video.status is VideoStatus.ERROR
    assert video.error == reclaimed.error


async def test_a_retry_waits_and_keeps_its_call_while_a_release_does_not_count(
    scene: "Scene",
) -> None:
    job = await scene.initial(await scene.video())
    lease = await scene.claim(job)
    call = ComputeCall(call_id="c", function=FunctionName.EXTRACT_FRAMES_AND_OCR, digest="d")
    async with scene.database.transaction() as session:
        await session.jobs.set_compute_call(lease, call)
        released = await session.jobs.release(lease)
    assert (released.state, released.attempt) == (JobState.QUEUED, 0)
    lease = await scene.claim(job)
    async with scene.database.transaction() as session:
        retried = await session.jobs.retry(lease, REPORT, 30)
    assert (retried.state, retried.attempt, retried.error) == (JobState.QUEUED, 1, REPORT)
    assert retried.compute_call == call
    assert (await scene.read(job.video_id)).status is VideoStatus.QUEUED
    async with scene.database.transaction() as session:
        assert await session.jobs.heads() == []
        assert await session.jobs.claim(job.id, "worker", 60) is None


async def test_a_failure_takes_the_rows_with_it(scene: "Scene") -> None:
    video_id = await scene.active_video()
    lease = await scene.claim(await scene.crop(video_id))
    await scene.allocate(lease)
    async with scene.database.transaction() as session:
        failed = await session.jobs.fail(lease, REPORT)
        versions = await session.versions.for_video(video_id)
    assert (failed.state, failed.lease) == (JobState.ERROR, None)
    assert [version.status for version in versions] == [VersionStatus.FAILED]
    video = await scene.read(video_id)
    assert (video.status, video.caption_status) == (VideoStatus.ACTIVE, CaptionStatus.ERROR)
    assert video.error == REPORT


async def test_a_waiting_job_is_cancelled_at_once_and_can_be_asked_for_again(
    scene: "Scene",
) -> None:
    job = await scene.initial(await scene.video())
    async with scene.database.transaction() as session:
        cancelled = await session.jobs.request_cancel(job.id)
    assert cancelled.state is JobState.CANCELLED
    video = await scene.read(job.video_id)
    assert video.error is not None
    assert (video.status, video.error.code) == (VideoStatus.ERROR, ErrorCode.CANCELLED)
    again = await scene.initial(job.video_id)
    assert again.id != job.id
    assert (await scene.read(job.video_id)).status is VideoStatus.QUEUED


async def test_a_running_job_that_is_to_stop_publishes_nothing_more(scene: "Scene") -> None:
    job = await scene.initial(await scene.video())
    lease = await scene.claim(job)
    async with scene.database.transaction() as session:
        asked = await session.jobs.request_cancel(job.id)
        assert await session.jobs.cancel_requests("worker") == [job.id]
    assert (asked.state, asked.cancel_requested) == (JobState.RUNNING, True)
    progress = Progress(stage="ocr", done=1, total=2)
    writes: tuple[Write, ...] = (
        lambda session: session.jobs.hold(lease),
        lambda session: session.videos.set_progress(lease, job.video_id, progress),
    )
    for write in writes:
        with pytest.raises(PermanentError) as caught:
            async with scene.database.transaction() as session:
                await write(session)
        assert caught.value.code is ErrorCode.CANCELLED
    # A new request does not join the job that is to stop.
    again = await scene.initial(job.video_id)
    assert again.id != job.id
    async with scene.database.transaction() as session:
        ended = await session.jobs.cancelled(lease)
    assert ended.state is JobState.CANCELLED
    assert (await scene.read(job.video_id)).status is VideoStatus.QUEUED
    await scene.claim(again)


async def test_an_interrupted_job_that_was_to_stop_is_cancelled_not_queued(scene: "Scene") -> None:
    job = await scene.initial(await scene.video())
    lease = await scene.claim(job)
    async with scene.database.transaction() as session:
        await session.jobs.request_cancel(job.id)
    await scene.expire(lease)
    async with scene.database.transaction() as session:
        (reclaimed,) = await session.jobs.reclaim_expired()
    assert reclaimed.state is JobState.CANCELLED


async def test_a_tenants_limit_holds_against_claims_at_once(scene: "Scene") -> None:
    async with scene.database.transaction() as session:
        await session.tenants.upsert(scene.tenant_id, "Two at a time", Tier.PREMIUM, 2)
    jobs = [await scene.initial(await scene.video()) for _ in range(6)]

    async def claim(job: Job) -> Job | None:
        async with scene.database.transaction() as session:
            return await session.jobs.claim(job.id, "worker", 60)

    claimed = [found for found in await asyncio.gather(*map(claim, jobs)) if found]
    assert len(claimed) == 2
    async with scene.database.transaction() as session:
        assert await session.jobs.in_progress() == {scene.tenant_id: 2}
        assert await session.jobs.heads() == []
        assert claimed[0].lease is not None
        await session.jobs.release(claimed[0].lease)
        assert len(await session.jobs.heads()) == 1


async def test_the_workers_limit_holds_exactly_for_a_tenant_without_its_own(
    scene: "Scene",
) -> None:
    jobs = [await scene.initial(await scene.video()) for _ in range(6)]

    async def claim(number: int, job: Job) -> Job | None:
        async with scene.database.transaction() as session:
            return await session.jobs.claim(job.id, f"worker-{number % 2}", 60, tenant_limit=2)

    claimed = await asyncio.gather(*(claim(number, job) for number, job in enumerate(jobs)))
    assert sum(found is not None for found in claimed) == 2


async def test_an_attempt_that_met_an_outage_does_not_count(scene: "Scene") -> None:
    job = await scene.initial(await scene.video())
    away = ErrorReport(code=ErrorCode.STORE_UNAVAILABLE, message="Waits.", stage="verify")
    for _ in range(8):
        lease = await scene.claim(job)
        async with scene.database.transaction() as session:
            waiting = await session.jobs.wait(lease, away)
        assert (waiting.state, waiting.attempt, waiting.error) == (JobState.QUEUED, 0, away)

    assert (await scene.read(job.video_id)).status is VideoStatus.QUEUED


async def test_a_lease_is_held_until_it_ends(scene: "Scene") -> None:
    lease = await scene.claim(await scene.initial(await scene.video()))
    async with scene.database.transaction() as session:
        assert await session.jobs.is_held(lease)
    await scene.expire(lease)
    async with scene.database.transaction() as session:
        assert not await session.jobs.is_held(lease)


async def test_the_first_flow_run_stays(scene: "Scene") -> None:
    job = await scene.initial(await scene.video())
    first, second = uuid.uuid4(), uuid.uuid4()
    async with scene.database.transaction() as session:
        assert [found.id for found in await session.jobs.without_flow_run(10)] == [job.id]
        await session.jobs.set_flow_run(job.id, first)
        await session.jobs.set_flow_run(job.id, second)
        assert await session.jobs.without_flow_run(10) == []
    assert (await scene.job(job.id)).flow_run_id == first


async def test_flow_runs_of_many_jobs_are_stored_without_waiting_for_a_busy_one(
    scene: "Scene",
) -> None:
    jobs = [await scene.initial(await scene.video()) for _ in range(3)]
    runs = {job.id: uuid.uuid4() for job in jobs}
    first, busy, last = jobs
    async with scene.database.transaction() as session:
        await session.jobs.set_flow_run(first.id, uuid.UUID(int=1))
    async with scene.database.transaction() as other, asyncio.timeout(5):
        await other.statements.run("update captionacc.jobs set priority = 1 where id = $1", busy.id)
        async with scene.database.transaction() as session:
            await session.jobs.set_flow_runs(runs)
    found = [(await scene.job(job.id)).flow_run_id for job in jobs]
    assert found == [uuid.UUID(int=1), None, runs[last.id]]
    async with scene.database.transaction() as session:
        await session.jobs.set_flow_runs(runs)
    assert (await scene.job(busy.id)).flow_run_id == runs[busy.id]


WRITES_WITH_A_LEASE: dict[str, Callable[[Session, Lease], Awaitable[Job]]] = {
    "fail": lambda session, lease: session.jobs.fail(lease, REPORT),
    "release": lambda session, lease: session.jobs.release(lease),
    "hold": lambda session, lease: session.jobs.hold(lease),
}


@pytest.mark.parametrize("write", ["claim", *WRITES_WITH_A_LEASE])
async def test_a_change_of_a_job_locks_its_video_first(scene: "Scene", write: str) -> None:
    """Otherwise two transactions that each hold one of the two rows could wait for each other."""
    job = await scene.initial(await scene.video())
    lease = None if write == "claim" else await scene.claim(job)

    async def change() -> Job | None:
        async with scene.database.transaction() as session:
            if lease is None:
                return await session.jobs.claim(job.id, "worker", 60)
            return await WRITES_WITH_A_LEASE[write](session, lease)

    async with scene.database.transaction() as session:
        await session.statements.run(
            "select from captionacc.videos where id = $1 for no key update", job.video_id
        )
        changing = asyncio.create_task(change())
        await eventually(scene.someone_waits, what="the change waits for the video")
        await session.jobs.request_cancel(job.id)
    (outcome,) = await asyncio.gather(changing, return_exceptions=True)
    assert not isinstance(outcome, TransientError), outcome
    assert (await scene.job(job.id)).state in (JobState.CANCELLED, JobState.ERROR, JobState.RUNNING)

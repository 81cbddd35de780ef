"""A running attempt is stopped once; a published job is never stopped."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

from captionacc_contracts.work.jobs import InitialProcessing, JobKind
from captionacc_contracts.work.states import JobState
from captionacc_contracts.work.tiers import Tier
from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.orchestration.stopping import Stop
from captionacc_flow_worker.queue.live_jobs import LiveJob, LiveJobs
from captionacc_supabase.rows import Job, Lease

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NO_SERVICES: Services = None  # type: ignore[assignment]  # nothing here reaches a service


def context(job_id: UUID, token: int) -> JobContext:
    lease = Lease(job_id=job_id, owner="me", token=token, expires_at=NOW)
    job = Job(
        id=job_id,
        kind=JobKind.VIDEO_INITIAL_PROCESSING,
        video_id=uuid4(),
        tenant_id=uuid4(),
        input_digest="",
        parameters=InitialProcessing(video_key="v"),
        tier=Tier.FREE,
        static_score=50,
        priority=50,
        ageing=True,
        requested_at=NOW,
        state=JobState.RUNNING,
        attempt=1,
        not_before=None,
        cancel_requested=False,
        flow_run_id=None,
        lease=lease,
        compute_call=None,
        result=None,
        error=None,
        tags=[],
        started_at=NOW,
        ended_at=None,
    )
    return JobContext(services=NO_SERVICES, job=job, lease=lease)


def live_job(job_id: UUID, token: int, until: asyncio.Event) -> LiveJob:
    return LiveJob(context(job_id, token), asyncio.create_task(until.wait()))


async def test_a_second_stop_is_refused() -> None:
    attempt = context(uuid4(), 1)
    job = LiveJob(attempt, asyncio.create_task(asyncio.Event().wait()))

    assert job.stop(Stop.RELEASE)
    assert not job.stop(Stop.CANCEL)

    assert attempt.stop is Stop.RELEASE
    await asyncio.wait([job.task])
    assert job.task.cancelled()


async def test_a_published_job_is_not_stopped() -> None:
    done = asyncio.Event()
    attempt = context(uuid4(), 1)
    job = LiveJob(attempt, asyncio.create_task(done.wait()))
    attempt.settle()

    assert not job.stop(Stop.CANCEL)

    done.set()
    assert await job.task


async def test_the_end_of_an_attempt_does_not_remove_the_next_attempt() -> None:
    live, job_id = LiveJobs(), uuid4()
    first_done, second_done = asyncio.Event(), asyncio.Event()
    first, second = live_job(job_id, 1, first_done), live_job(job_id, 2, second_done)
    live.add(first)
    live.add(second)
    assert live.of_job(job_id) == [first, second]

    first_done.set()
    await first.task
    await asyncio.sleep(0)

    assert live.of_job(job_id) == [second]
    second_done.set()
    assert await live.wait_until_empty(5)

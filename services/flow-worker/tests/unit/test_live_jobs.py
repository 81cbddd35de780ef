"""A running attempt is stopped once; a published job is never stopped."""

import asyncio
from uuid import UUID, uuid4

from captionacc_contracts.work.states import JobState
from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.orchestration.stopping import Stop
from captionacc_flow_worker.queue.live_jobs import LiveJob, LiveJobs
from captionacc_supabase.rows import Lease
from captionacc_testkit import rows

NO_SERVICES: Services = None  # type: ignore[assignment]  # nothing here reaches a service


def context(job_id: UUID, token: int) -> JobContext:
    lease = Lease(job_id=job_id, owner="me", token=token, expires_at=rows.NOW)
    job = rows.job(id=job_id, state=JobState.RUNNING, attempt=1, lease=lease)
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

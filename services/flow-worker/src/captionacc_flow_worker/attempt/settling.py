"""Writes how an attempt ended to the job's row, and returns the final state of its flow run."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal

from captionacc_calls.claims import release_claim
from captionacc_contracts.errors import ErrorCode, ErrorReport, TransientError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import ComputeCall
from captionacc_contracts.work.dependencies import Dependency
from captionacc_contracts.work.states import JobState
from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Counter, Histogram
from captionacc_supabase.jobs.repository import Jobs
from captionacc_supabase.rows import Job
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Failed

from captionacc_flow_worker.attempt import retry_or_give_up
from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.attempt.unpublished import record_dropped_result, record_failed_call
from captionacc_flow_worker.orchestration.runs.states import requeued
from captionacc_flow_worker.orchestration.stopping import Abandoned, Stop

log = get_logger(__name__)

ENDED = Counter("captionacc_worker_attempts", "Attempts by how they ended", ["kind", "end"])
JOB_SECONDS = Histogram(
    "captionacc_worker_job_seconds",
    "Seconds from a job's first claim to its end, the waits between its attempts included",
    ["kind", "end"],
    buckets=(1, 5, 15, 60, 180, 600, 1800, 3600, 7200),
)
_LAST_ENDS = ("done", "fail", "cancelled")

# For one write, or for one cancellation of a call. Both must fit into the 30 s in which a worker
# that stops releases its jobs.
_LIMIT_S = 15.0


async def settle_failure(context: JobContext, error: BaseException) -> State[Any]:
    """Write the consequence of ``error``: a retry, the job's failure or its cancellation.

    Raises:
        Abandoned: when this worker no longer holds the job.
    """
    await record_dropped_result(context)
    outages = context.services.outages
    decision = retry_or_give_up.decide(
        error,
        stage=context.stage,
        attempt=context.job.attempt,
        policy=context.services.retry,
        jitter=random.random(),  # noqa: S311  spreads retries; guards nothing
        earlier=context.job.error,
        away=await outages.behind(error, context.job, context.began_at),
    )
    match decision:
        case retry_or_give_up.Lost():
            _count(context, "lost")
            raise Abandoned from error
        case retry_or_give_up.Cancelled():
            return await settle_cancelled(context)
        case retry_or_give_up.Wait(report=report, dependency=away):
            log.warning("job_waits", service=away, stage=report.stage, error=str(error))
            if away is Dependency.DATABASE:
                # The row cannot be written before. If that takes too long, the lease is lost.
                await outages.until_back(away)
            return await _requeued(context, "wait", report, outages.delay_s(away))
        case retry_or_give_up.Retry(report=report, delay_s=delay_s):
            log.warning(
                "job_retries",
                code=report.code,
                stage=report.stage,
                delay_s=delay_s,
                error=str(error),
            )
            return await _requeued(context, "retry", report, delay_s)
        case retry_or_give_up.GiveUp(report=report):
            log.error("job_failed", code=report.code, stage=report.stage, exc_info=error)
            await _write(context, "fail", lambda jobs: jobs.fail(context.lease, report))
            return Failed(message=f"{report.stage}: {report.message}")


async def _requeued(
    context: JobContext, end: Literal["wait", "retry"], report: ErrorReport, delay_s: float
) -> State[Any]:
    def write(jobs: Jobs) -> Awaitable[Job]:
        requeue = jobs.wait if end == "wait" else jobs.retry
        return requeue(context.lease, report, delay_s)

    if await _write(context, end, write) is JobState.CANCELLED:
        return await _cancelled_meanwhile(context)
    at = context.services.clock.now() + timedelta(seconds=delay_s) if delay_s else None
    return requeued(f"{report.stage}: {report.message}", at)


async def settle_stopped(context: JobContext) -> State[Any]:
    """Write the consequence of ``context.stop``: a cancellation or a release.

    Raises:
        Abandoned: when this worker no longer holds the job.
    """
    if context.stop is Stop.CANCEL:
        return await settle_cancelled(context)
    if context.stop is Stop.RELEASE:
        return await settle_released(context, "Released because its worker stops.")
    _count(context, "lost")
    raise Abandoned


async def settle_cancelled(context: JobContext) -> State[Any]:
    """Cancel the compute call, then the job."""
    await _cancel_call(context)
    await _write(context, "cancelled", lambda jobs: jobs.cancelled(context.lease))
    return _cancelled()


async def settle_released(context: JobContext, why: str) -> State[Any]:
    """Put the job back into the queue; the next worker attaches to its compute call."""
    state = await _write(context, "release", lambda jobs: jobs.release(context.lease))
    if state is JobState.CANCELLED:
        return await _cancelled_meanwhile(context)
    return requeued(why)


async def _cancelled_meanwhile(context: JobContext) -> State[Any]:
    # Somebody cancelled the job while its attempt ended. The row says so already.
    await _cancel_call(context)
    return _cancelled()


async def _cancel_call(context: JobContext) -> None:
    job = context.job
    call = job.compute_call
    if call is None:
        return
    try:
        async with asyncio.timeout(_LIMIT_S):
            await stop_call(context.services, job, call)
            if context.result is None:
                await record_failed_call(context, call, None)
    except (TransientError, TimeoutError) as error:
        # The row keeps the call, so the reconciler finds it and tries again.
        log.warning("compute_not_cancelled", call_id=call.call_id, error=str(error))


async def stop_call(services: Services, job: Job, call: ComputeCall) -> None:
    """Cancel a call that no job waits for, and remove its claim and its id.

    An equal request starts a new call afterwards.

    Raises:
        CaptionAccError: when this cannot be done now.
    """
    await services.compute.cancel(call)
    await release_claim(services.store, TenantId(job.tenant_id), VideoId(job.video_id), call)
    async with services.database.transaction() as session:
        await session.ended_jobs.forget_compute_call(job, call)


def _cancelled() -> State[Any]:
    return Cancelled(message="Cancelled by a person, or replaced by newer work.")


async def _write(
    context: JobContext, end: str, write: Callable[[Jobs], Awaitable[Job]]
) -> JobState:
    """Write the end of the attempt and return the job's state after it.

    Raises:
        Abandoned: when the row cannot be written.
    """
    try:
        async with (
            asyncio.timeout(_LIMIT_S),
            context.services.database.transaction() as session,
        ):
            job = await write(session.jobs)
    except (TransientError, TimeoutError) as error:
        lost = isinstance(error, TransientError) and error.code is ErrorCode.LEASE_LOST
        _count(context, "lost" if lost else "unsettled")
        log.warning("job_not_settled", end=end, error=str(error))
        # The lease expires, and the reconciler puts the job back into the queue.
        raise Abandoned from error
    context.settle()
    _count(context, end)
    return job.state


def _count(context: JobContext, end: str) -> None:
    ENDED.labels(kind=context.job.kind, end=end).inc()
    if end in _LAST_ENDS and context.job.started_at is not None:
        took = context.services.clock.now() - context.job.started_at
        JOB_SECONDS.labels(kind=context.job.kind, end=end).observe(max(0.0, took.total_seconds()))


def count_done(context: JobContext) -> None:
    """Count a job that was published."""
    _count(context, "done")

"""Writes how an attempt of a job ended, and gives the state that its flow run ends in."""

import asyncio
import random
from datetime import timedelta
from typing import Any

from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import ComputeCall
from captionacc_contracts.work.states import JobState
from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Counter
from captionacc_supabase.rows import Job
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Failed

from captionacc_flow_worker.attempt import failures
from captionacc_flow_worker.attempt.job_context import JobContext, Services
from captionacc_flow_worker.attempt.stopping import Abandoned, Stop
from captionacc_flow_worker.compute.claims import release_claim
from captionacc_flow_worker.orchestration.states import requeued

log = get_logger(__name__)

ENDED = Counter("captionacc_worker_attempts", "Attempts of jobs by how they ended", ["kind", "end"])
_LIMIT_S = 15.0


async def settle_failure(context: JobContext, error: BaseException) -> State[Any]:
    """Write what follows from ``error``: a retry, an error or a cancellation.

    Raises:
        Abandoned: when the job is no longer this worker's.
    """
    decision = failures.decide(
        error,
        stage=context.stage,
        attempt=context.job.attempt,
        policy=context.services.retry,
        jitter=random.random(),  # noqa: S311  spreads retries; guards nothing
    )
    match decision:
        case failures.Lost():
            _count(context, "lost")
            raise Abandoned from error
        case failures.Cancelled():
            return await settle_cancelled(context)
        case failures.Retry(report=report, delay_s=delay_s):
            log.warning(
                "job_retries",
                code=report.code,
                stage=report.stage,
                delay_s=delay_s,
                error=str(error),
            )
            if await _write(context, "retry", report, delay_s) is JobState.CANCELLED:
                return await _stopped_after_all(context)
            at = context.services.clock.now() + timedelta(seconds=delay_s)
            return requeued(f"{report.stage}: {report.message}", at)
        case failures.GiveUp(report=report):
            log.error("job_failed", code=report.code, stage=report.stage, exc_info=error)
            await _write(context, "fail", report)
            return Failed(message=f"{report.stage}: {report.message}")


async def settle_stopped(context: JobContext) -> State[Any]:
    """Write what follows from ``context.stop``.

    Raises:
        Abandoned: when the job is no longer this worker's.
    """
    if context.stop is Stop.CANCEL:
        return await settle_cancelled(context)
    if context.stop is Stop.RELEASE:
        return await settle_released(context, "Released by a worker that stops.")
    _count(context, "lost")
    raise Abandoned


async def settle_cancelled(context: JobContext) -> State[Any]:
    """Cancel the compute call, then the job."""
    await _cancel_call(context)
    await _write(context, "cancelled")
    return _cancelled()


async def settle_released(context: JobContext, why: str) -> State[Any]:
    """Put the job back into the queue; its compute call runs on and waits for the next worker."""
    if await _write(context, "release") is JobState.CANCELLED:
        return await _stopped_after_all(context)
    return requeued(why)


async def _stopped_after_all(context: JobContext) -> State[Any]:
    # Asked for while the attempt ended by itself; the row is cancelled already.
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
    except (TransientError, TimeoutError) as error:
        # The row keeps the call, and the reconciler tries again.
        log.warning("compute_not_cancelled", call_id=call.call_id, error=str(error))


async def stop_call(services: Services, job: Job, call: ComputeCall) -> None:
    """Cancel a call that nobody waits for, so that it can be asked for again, and forget it.

    Raises:
        TransientError: what cannot be done now.
    """
    await services.compute.cancel(call)
    await release_claim(services.store, TenantId(job.tenant_id), VideoId(job.video_id), call)
    async with services.database.transaction() as session:
        await session.ended_jobs.forget_compute_call(job, call)


def _cancelled() -> State[Any]:
    return Cancelled(message="Cancelled by a person, or replaced by newer work.")


async def _write(context: JobContext, end: str, *arguments: Any) -> JobState:
    """The state that the job is in afterwards."""
    try:
        async with (
            asyncio.timeout(_LIMIT_S),
            context.services.database.transaction() as session,
        ):
            job: Job = await getattr(session.jobs, end)(context.lease, *arguments)
    except (TransientError, TimeoutError) as error:
        lost = isinstance(error, TransientError) and error.code is ErrorCode.LEASE_LOST
        _count(context, "lost" if lost else "unsettled")
        log.warning("job_not_settled", end=end, error=str(error))
        # The lease runs out and the reconciler brings the job back.
        raise Abandoned from error
    context.settle()
    _count(context, end)
    return job.state


def _count(context: JobContext, end: str) -> None:
    ENDED.labels(kind=context.job.kind, end=end).inc()


def count_done(context: JobContext) -> None:
    """Count a job that was published."""
    _count(context, "done")

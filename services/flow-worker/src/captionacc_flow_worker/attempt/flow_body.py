"""The body of every job's flow: run the job's steps, then settle how they ended."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from captionacc_observability.logging import get_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed

from captionacc_flow_worker.attempt import job_context
from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.settling import (
    count_done,
    settle_failure,
    settle_stopped,
)

log = get_logger(__name__)

Steps = Callable[[JobContext], Awaitable[str]]


async def run_steps(steps: Steps) -> State[Any]:
    """Run ``steps``, which publish the job and return a sentence about the result.

    Returns the state in which the flow run ends this attempt. The job's row already agrees with it.

    Raises:
        Abandoned: when this worker no longer holds the job.
    """
    context = job_context.current()
    context.when_begun()
    log.info("flow_started", attempt=context.job.attempt)
    context.services.starts.end(context.lease.token)
    outcome = await _outcome(context, steps)
    context.end_in(outcome)
    await context.services.starts.let_pass()
    return outcome


async def _outcome(context: JobContext, steps: Steps) -> State[Any]:
    try:
        message = await steps(context)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if context.stop is None or task is None:
            raise
        task.uncancel()
        if context.settled:
            return Completed(message="Published before the stop.")
        return await settle_stopped(context)
    except Exception as error:  # noqa: BLE001  every failure becomes a decision about the job
        if context.settled:
            return Completed(message="Published.")
        return await settle_failure(context, error)
    count_done(context)
    if context.computed:
        context.services.outages.worked(context.job)
    return Completed(message=message)

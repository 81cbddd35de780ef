"""The body that every job's flow shares: run its steps, settle how they end."""

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
    """Run ``steps``, which publish the job themselves and return a sentence about what was found.

    The state returned is the flow run's last of this attempt; the job's row says the same already.

    Raises:
        Abandoned: when the job is no longer this worker's.
    """
    context = job_context.current()
    log.info("flow_started", attempt=context.job.attempt)
    context.services.starts.end(context.lease.token)
    context.outcome = await _outcome(context, steps)
    await context.services.starts.let_pass()
    return context.outcome


async def _outcome(context: JobContext, steps: Steps) -> State[Any]:
    try:
        message = await steps(context)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if context.stop is None or task is None:
            raise
        task.uncancel()
        if context.settled:
            return Completed(message="Published before it was stopped.")
        return await settle_stopped(context)
    except Exception as error:  # noqa: BLE001  every failure becomes a decision about the job
        if context.settled:
            return Completed(message="Published.")
        return await settle_failure(context, error)
    count_done(context)
    return Completed(message=message)

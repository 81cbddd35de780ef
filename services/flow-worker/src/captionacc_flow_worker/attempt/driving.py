"""The two ways to run an attempt: as a flow run of Prefect, and without Prefect while it is away.

Both run the same steps and leave the same rows.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Protocol

from captionacc_contracts.work.flows import FlowName, flow_of
from captionacc_launching.flow_runs import run_parameters
from captionacc_observability.context import bind
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import ObjectNotFound
from prefect.flows import Flow

from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.settling import settle_cancelled
from captionacc_flow_worker.orchestration.engine import drive, engine_for
from captionacc_flow_worker.orchestration.runs.prefect_runs import PrefectRuns
from captionacc_flow_worker.orchestration.stopping import Abandoned

Flows = Mapping[FlowName, Flow[..., Any]]

# Prefect may delay the start of a job by this long at most: then the job starts without it. On a
# busy server a start takes about a second.
_START_WITHIN_S = 4.0
# The next attempt of a job waits for the report of the last one, so this limit is as short.
_REPORT_WITHIN_S = 4.0
# The gateway's own limit for making a run is about as long.
_GATEWAY_MAKES_WITHIN = timedelta(seconds=1)
# Most runs are made within this time after their job was claimed; then the worker makes the run.
_GATEWAY_PATIENCE_S = 0.3
# A look is one query. Longer pauses would delay the start of the job.
_GATEWAY_LOOK_S = 0.015


class NotBegunError(Exception):
    """Prefect did not let the steps begin; another driver may run them."""


class Driver(Protocol):
    """Runs the steps of a job."""

    async def drive(self, context: JobContext) -> bool:
        """Run the steps and settle the job; the context then holds the outcome.

        Returns whether Prefect shows the outcome already.

        Raises:
            Abandoned: when this worker no longer holds the job.
            NotBegunError: when the steps have not begun.
        """
        ...


class WithoutPrefect:
    """Runs the steps as a plain coroutine."""

    def __init__(self, flows: Flows) -> None:
        self._flows = flows

    async def drive(self, context: JobContext) -> bool:
        context.account.go_alone()
        job = context.job
        await self._flows[flow_of(job.kind)].fn(**run_parameters(job))
        return False


class AsFlowRun:
    """Runs the steps in the job's flow run, so that Prefect shows them as they happen."""

    def __init__(self, flows: Flows, runs: PrefectRuns) -> None:
        self._flows = flows
        self._runs = runs

    async def drive(self, context: JobContext) -> bool:
        try:
            async with asyncio.timeout(_START_WITHIN_S) as limit:
                with _only_outside_of_the_steps(limit, context):
                    admitted = await self._drive(context)
        except (Abandoned, NotBegunError):
            raise
        except Exception as error:
            # After the steps, only the report to Prefect can fail.
            if context.outcome is not None:
                return False
            raise NotBegunError(f"{type(error).__name__}: {error}") from error
        if not admitted:
            context.end_in(await settle_cancelled(context))
        return admitted

    async def _drive(self, context: JobContext) -> bool:
        """Run the steps and report to Prefect; returns false if somebody cancelled the run."""
        run = await self._admitted(context)
        if run is None:
            return False
        flow = self._flows[flow_of(context.job.kind)]
        with bind(flow_run_id=run.id):
            state: State[Any] = await drive(engine_for(flow, run))
        if context.outcome is not None:
            return True
        # The engine ended the run before the body of the flow began.
        if state.is_cancelling() or state.is_cancelled():
            return False
        raise NotBegunError(f"The run is {state.name}: {state.message}")

    async def _admitted(self, context: JobContext) -> FlowRun | None:
        """The job's flow run in the state Pending; ``None`` if somebody cancelled it."""
        await self._await_gateway(context)
        job = context.job
        if job.flow_run_id is None:
            return await self._runs.control.admit(await self._make_run(context))
        try:
            if job.attempt == 1:
                return await self._runs.control.admit(
                    self._runs.maker.as_made(job, job.flow_run_id)
                )
            found = await self._runs.control.read(job.flow_run_id)
        except ObjectNotFound:
            found = None
        return await self._runs.control.admit(found or await self._make_run(context))

    async def _await_gateway(self, context: JobContext) -> None:
        """Wait while the gateway makes the run of a job that it accepted a moment ago.

        A second request for the same run would only delay the gateway's request.
        """
        job, clock = context.job, context.services.clock
        if job.attempt > 1 or clock.now() - job.requested_at > _GATEWAY_MAKES_WITHIN:
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + _GATEWAY_PATIENCE_S
        while context.job.flow_run_id is None and loop.time() < until:
            await asyncio.sleep(_GATEWAY_LOOK_S)
            await context.reload()

    async def _make_run(self, context: JobContext) -> FlowRun:
        run = await self._runs.maker.ensure(context.job)
        await context.save_flow_run(run.id)
        return run


@contextlib.contextmanager
def _only_outside_of_the_steps(limit: asyncio.Timeout, context: JobContext) -> Iterator[None]:
    """Suspend the limit while the steps run, and give the report after them its own limit."""
    begun, ended = context.when_begun, context.when_ended

    def begin() -> None:
        limit.reschedule(None)
        begun()

    def end() -> None:
        limit.reschedule(asyncio.get_running_loop().time() + _REPORT_WITHIN_S)
        ended()

    context.when_begun, context.when_ended = begin, end
    try:
        yield
    finally:
        context.when_begun, context.when_ended = begun, ended

"""Runs one attempt of a claimed job, also when Prefect goes away during it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.work.flows import FlowName, flow_of
from captionacc_observability.context import bind
from captionacc_observability.logging import get_logger
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import ObjectNotFound
from prefect.flows import Flow

from captionacc_flow_worker.attempt.job_context import JobContext, enter
from captionacc_flow_worker.attempt.settling import (
    settle_cancelled,
    settle_failure,
    settle_released,
    settle_stopped,
)
from captionacc_flow_worker.orchestration.engine import drive, engine_for
from captionacc_flow_worker.orchestration.front_end import FrontEnd
from captionacc_flow_worker.orchestration.late_reports import LateReports
from captionacc_flow_worker.orchestration.pauses import Gate
from captionacc_flow_worker.orchestration.runs.prefect_runs import PrefectRuns
from captionacc_flow_worker.orchestration.runs.states import requeued
from captionacc_flow_worker.orchestration.stopping import Abandoned

log = get_logger(__name__)

# The gateway's own limit for making a run is about as long.
_GATEWAY_MAKES_WITHIN = timedelta(seconds=1)
# Most runs are made within this time after their job was claimed; then the worker makes the run.
_GATEWAY_PATIENCE_S = 0.3
# A look is one query. Longer pauses would delay the start of the job.
_GATEWAY_LOOK_S = 0.015


class Execution:
    """Runs attempts. It closes ``gate`` if Prefect does not answer when a run starts."""

    def __init__(
        self,
        runs: PrefectRuns,
        reports: LateReports,
        flows: Mapping[FlowName, Flow[..., Any]],
        gate: Gate,
        front_end: FrontEnd,
    ) -> None:
        self._runs = runs
        self._reports = reports
        self._flows = flows
        self._gate = gate
        self._front_end = front_end

    async def run(self, context: JobContext, earlier: Sequence[asyncio.Task[None]] = ()) -> None:
        """Run the attempt, after the job's ``earlier`` attempts have reported to Prefect.

        Never raises, unless its task is cancelled without a stop request.
        """
        job = context.job
        enter(context)
        with bind(job_id=job.id, video_id=job.video_id, tenant_id=job.tenant_id, kind=job.kind):
            try:
                if earlier:
                    await asyncio.wait(earlier)
                final = await self._attempt(context)
            except Abandoned:
                log.warning("job_abandoned")
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if context.stop is None or task is None:
                    raise
                task.uncancel()
                await self._settle(context)
            except Exception as error:  # noqa: BLE001  the failure of one job must not end the others
                log.warning("run_interrupted", error=f"{type(error).__name__}: {error}")
                await self._settle(context)
            else:
                log.info("attempt_ended", state=final)
            finally:
                context.services.starts.end(context.lease.token)

    async def _attempt(self, context: JobContext) -> str:
        context.enter_stage("start")
        try:
            run = await self._admitted(context)
        except Exception:
            self._gate.close()
            raise
        if run is None:
            return self._report(context, await settle_cancelled(context))
        flow = self._flows[flow_of(context.job.kind)]
        engine = engine_for(flow, run, context.stop_request)
        self._front_end.tell(context.job, "Running")
        with bind(flow_run_id=run.id):
            try:
                state = await drive(engine)
            except TimeoutError:
                if context.outcome is None:
                    self._gate.close()
                raise
        if context.outcome is not None:
            self._front_end.tell(context.job, state.name)
            return state.name or "unknown"
        # The engine ended the run before the body of the flow began.
        if state.is_cancelling() or state.is_cancelled():
            return self._report(context, await settle_cancelled(context))
        refused = PermanentError(
            ErrorCode.INTERNAL, f"The flow run could not start: {state.message or state.name}"
        )
        return self._report(context, await settle_failure(context, refused))

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

    def _report(self, context: JobContext, state: State[Any]) -> str:
        self._front_end.tell(context.job, state.name)
        if context.job.flow_run_id is not None:
            self._reports.add(context.job.flow_run_id, state)
        return state.name or "unknown"

    async def _settle(self, context: JobContext) -> None:
        """Settle an attempt that the engine ended before or after the body of the flow."""
        state: State[Any]
        try:
            if context.outcome is not None:
                state = context.outcome
            elif context.stop is not None:
                state = await settle_stopped(context)
            else:
                await settle_released(context, "Prefect was away.")
                state = requeued("Taken up again when Prefect answers.")
        except Abandoned:
            return
        self._report(context, state)

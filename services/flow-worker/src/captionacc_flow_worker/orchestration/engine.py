"""Runs a flow as one asyncio task of this process.

For each run of a deployment, Prefect's own engine starts a thread with an event loop and a
websocket, blocks the caller's loop while they start and stop, and handles SIGTERM. The engine in
this module does not. It uses private names of the pinned version; the contract tests name each.
"""

import asyncio
import contextlib
from collections.abc import Generator
from typing import Any
from uuid import UUID

import prefect.flow_engine
import prefect.results
from prefect._flow_run_suspension import FlowRunSuspensionRequest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.flow_engine import AsyncFlowRunEngine, _flow_parameters
from prefect.flows import Flow

from captionacc_flow_worker.orchestration.stopping import Abandoned, Stop, StopRequest

_ASKS_FOR_STORAGE = "_read_server_default_result_storage_block_id"


class StartingClient(PrefectClient):
    """The process's client without two requests that would delay the first line of a flow.

    Prefect's engine writes the flow's version and retries to the run, although our flows have
    neither. It also reads the run that it has just set to Running.
    """

    def __init__(self, shared: PrefectClient, run: FlowRun) -> None:
        vars(self).update(vars(shared))
        self.run = run

    async def read_flow_run(self, flow_run_id: UUID) -> FlowRun:
        if flow_run_id == self.run.id:
            return self.run
        return await super().read_flow_run(flow_run_id)

    async def update_flow_run(self, *_args: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        return None


class InProcessEngine(AsyncFlowRunEngine[Any, Any]):
    """The engine of one run.

    Make the ``stop`` request before you cancel the task: the request decides the run's last state.
    """

    stop: StopRequest
    limit: asyncio.Timeout | None = None

    @property
    def client(self) -> PrefectClient:
        shared = super().client
        return shared if self.flow_run is None else StartingClient(shared, self.flow_run)

    @property
    def heartbeat_seconds(self) -> int | None:
        """``None``: no run starts a heartbeat thread, as the job's lease shows that it is alive."""
        return None

    @contextlib.contextmanager
    def setup_flow_run_suspension_request(self) -> Generator[FlowRunSuspensionRequest, None, None]:
        yield self._get_flow_run_suspension_request()

    async def handle_exception(self, exc: Exception, *args: Any, **kwargs: Any) -> State[Any]:
        if isinstance(exc, Abandoned):
            self._raised = exc
            return self.state
        return await super().handle_exception(exc, *args, **kwargs)

    async def handle_crash(self, exc: BaseException) -> None:
        if self.limit is not None and self.limit.expired():
            # Another request to a server that hangs would have no limit.
            self._raised = exc  # type: ignore[assignment]  # as the stock engine does
        elif self.stop.reason is Stop.CANCEL:
            await self.handle_cancellation(exc)
        elif self.stop.reason is None:
            await super().handle_crash(exc)
        else:
            self._raised = exc  # type: ignore[assignment]  # as the stock engine does


def prepare_process() -> None:
    """Keep Prefect from handling SIGTERM and blocking the loop; call it before the first run."""
    setattr(prefect.flow_engine, "capture_sigterm", contextlib.nullcontext)  # noqa: B010  typed as a function
    # For each run, Prefect's engine blocks the loop to ask the server where results go. Our flows
    # store no results in Prefect.
    setattr(prefect.results, _ASKS_FOR_STORAGE, lambda: None)


def engine_for(
    flow: Flow[Any, Any], flow_run: FlowRun, stop: StopRequest | None = None
) -> InProcessEngine:
    """An engine for ``flow_run`` with the run's own parameters; ``stop`` can end it early."""
    # Without explicit parameters, the engine silently runs with the defaults.
    parameters = _flow_parameters(flow=flow, flow_run=flow_run, parameters=None)
    engine = InProcessEngine(flow=flow, flow_run=flow_run, parameters=parameters)
    engine.stop = StopRequest() if stop is None else stop
    return engine


async def drive(
    engine: InProcessEngine, *, starts_within_s: float = 20.0, ends_within_s: float = 60.0
) -> State[Any]:
    """Run to the end and return the last state that the server accepted.

    Args:
        engine: The engine of the run.
        starts_within_s: The limit until the body of the flow begins. A job whose run cannot start
            is given back, so that it does not hold its slot while Prefect hangs.
        ends_within_s: The limit after the body has ended. The job is settled then, and its state is
            reported to Prefect later.

    Raises:
        Abandoned: when the flow abandoned its job; the run keeps its state.
        TimeoutError: when Prefect did not answer in time.
        Exception: an error of the engine, which could not reach the server.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(starts_within_s) as limit:
        engine.limit = limit
        async with engine.start():
            while engine.is_running():
                async with engine.run_context():
                    if limit.expired():
                        raise TimeoutError
                    limit.reschedule(None)
                    try:
                        await engine.call_flow_fn()  # type: ignore[unused-coroutine]  # mistyped upstream
                    finally:
                        if not limit.expired():
                            limit.reschedule(loop.time() + ends_within_s)
                if isinstance(engine._raised, Abandoned):
                    break
    if isinstance(engine._raised, Abandoned):
        raise engine._raised
    return engine.state

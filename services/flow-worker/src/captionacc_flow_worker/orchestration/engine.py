"""Runs a flow as one asyncio task of this process.

For each run of a deployment, Prefect's own engine starts a thread with an event loop and a
websocket, blocks the caller's loop while they start and stop, and handles SIGTERM. The engine in
this module does not. It uses private names of the pinned version; the contract tests name each.
"""

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

from captionacc_flow_worker.orchestration.stopping import Abandoned

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
    """The engine of one run. It sends no state after its task was cancelled: the caller does."""

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
        self._raised = exc  # type: ignore[assignment]  # as the stock engine does


def prepare_process() -> None:
    """Keep Prefect from handling SIGTERM and blocking the loop; call it before the first run."""
    setattr(prefect.flow_engine, "capture_sigterm", contextlib.nullcontext)  # noqa: B010  typed as a function
    # For each run, Prefect's engine blocks the loop to ask the server where results go. Our flows
    # store no results in Prefect.
    setattr(prefect.results, _ASKS_FOR_STORAGE, lambda: None)


def engine_for(flow: Flow[Any, Any], flow_run: FlowRun) -> InProcessEngine:
    """An engine for ``flow_run`` with the run's own parameters."""
    # Without explicit parameters, the engine silently runs with the defaults.
    parameters = _flow_parameters(flow=flow, flow_run=flow_run, parameters=None)
    return InProcessEngine(flow=flow, flow_run=flow_run, parameters=parameters)


async def drive(engine: InProcessEngine) -> State[Any]:
    """Run to the end and return the last state that the server accepted.

    Raises:
        Abandoned: when the flow abandoned its job; the run keeps its state.
        Exception: an error of the engine, which could not reach the server.
    """
    async with engine.start():
        while engine.is_running():
            async with engine.run_context():
                await engine.call_flow_fn()  # type: ignore[unused-coroutine]  # mistyped upstream
            if isinstance(engine._raised, Abandoned):
                break
    if isinstance(engine._raised, Abandoned):
        raise engine._raised
    return engine.state

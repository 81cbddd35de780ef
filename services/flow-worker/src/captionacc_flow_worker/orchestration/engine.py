"""Runs a flow inside this process, as one asyncio task.

Prefect's stock engine starts a thread with its own loop and websocket for each run of a deployment,
blocks the caller's loop while they start and stop, and takes SIGTERM over. This subclass leaves
those out. It rests on private names of the pinned version; the contract tests name each of them.
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

from captionacc_flow_worker.orchestration.stopping import Abandoned, Stop, StopRequest

_ASKS_FOR_STORAGE = "_read_server_default_result_storage_block_id"


class StartingClient(PrefectClient):
    """The process's client without two requests that delay the first line of a flow.

    The stock engine writes the flow's version and retries to the run, although our flows have
    neither, and it reads the run that it has just set to Running.
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
    """One run. Make its ``stop`` request before cancelling its task: it decides the run's state."""

    stop: StopRequest

    @property
    def client(self) -> PrefectClient:
        shared = super().client
        return shared if self.flow_run is None else StartingClient(shared, self.flow_run)

    @property
    def heartbeat_seconds(self) -> int | None:
        """None, so that no run starts a heartbeat thread; the job's lease shows who is alive."""
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
        if self.stop.reason is Stop.CANCEL:
            await self.handle_cancellation(exc)
        elif self.stop.reason is None:
            await super().handle_crash(exc)
        else:
            self._raised = exc  # type: ignore[assignment]  # as the stock engine does


def prepare_process() -> None:
    """Keep SIGTERM and the loop for this process; called once before the first run."""
    setattr(prefect.flow_engine, "capture_sigterm", contextlib.nullcontext)  # noqa: B010  typed as a function
    # The stock engine makes a client and asks, on the loop and for each run, where results go;
    # flows here keep none.
    setattr(prefect.results, _ASKS_FOR_STORAGE, lambda: None)


def engine_for(
    flow: Flow[Any, Any], flow_run: FlowRun, stop: StopRequest | None = None
) -> InProcessEngine:
    """An engine for ``flow_run``, with the run's own parameters; ``stop`` is how to stop it."""
    # Without explicit parameters the engine runs with the defaults and says nothing.
    parameters = _flow_parameters(flow=flow, flow_run=flow_run, parameters=None)
    engine = InProcessEngine(flow=flow, flow_run=flow_run, parameters=parameters)
    engine.stop = StopRequest() if stop is None else stop
    return engine


async def drive(engine: InProcessEngine) -> State[Any]:
    """Run to the end and return the last state that the server accepted.

    Raises:
        Abandoned: when the flow gave its job up; the run stays as it is.
        Exception: what the engine raised when it could not reach the server.
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

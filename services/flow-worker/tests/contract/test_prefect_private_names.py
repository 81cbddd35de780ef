"""Names and habits of Prefect that the engine rests on; an upgrade must pass these first."""

import contextlib
import inspect
import threading
from typing import Any
from uuid import uuid4

import prefect
import prefect.flow_engine
from captionacc_flow_worker.engine import InProcessEngine, engine_for, own_sigterm
from prefect import flow
from prefect._flow_run_suspension import FlowRunSuspensionRequest
from prefect.client.schemas.objects import FlowRun
from prefect.events.clients import PrefectEventSubscriber, get_events_subscriber
from prefect.flow_engine import AsyncFlowRunEngine, BaseFlowRunEngine, _flow_parameters


@flow
async def sample(number: int, word: str = "default") -> tuple[int, str]:
    return number, word


def test_version_is_the_one_that_was_tried() -> None:
    assert prefect.__version__ == "3.8.8"


def test_parameters_come_from_the_run_with_the_flows_defaults() -> None:
    run = FlowRun(flow_id=uuid4(), parameters={"number": 7})

    assert _flow_parameters(flow=sample, flow_run=run, parameters=None) == {
        "number": 7,
        "word": "default",
    }
    assert engine_for(sample, run).parameters == {"number": 7, "word": "default"}


def test_suspension_is_set_up_by_the_method_that_is_replaced() -> None:
    stock = inspect.getsource(BaseFlowRunEngine.setup_flow_run_suspension_request)
    assert "observe_flow_run_suspension" in stock
    assert "self.setup_flow_run_suspension_request()" in inspect.getsource(AsyncFlowRunEngine.start)
    run = FlowRun(flow_id=uuid4(), parameters={"number": 1}, deployment_id=uuid4())
    with engine_for(sample, run).setup_flow_run_suspension_request() as asked:
        assert isinstance(asked, FlowRunSuspensionRequest)


def test_engine_takes_sigterm_by_the_name_that_is_replaced() -> None:
    assert "with capture_sigterm():" in inspect.getsource(AsyncFlowRunEngine.initialize_run)
    before = vars(prefect.flow_engine)["capture_sigterm"]
    try:
        own_sigterm()
        assert vars(prefect.flow_engine)["capture_sigterm"] is contextlib.nullcontext
    finally:
        setattr(prefect.flow_engine, "capture_sigterm", before)  # noqa: B010  typed as a function


def test_ends_of_a_run_pass_through_the_methods_that_are_extended() -> None:
    for name in ("handle_crash", "handle_cancellation", "handle_exception"):
        assert inspect.iscoroutinefunction(getattr(AsyncFlowRunEngine, name)), name
    source = inspect.getsource(AsyncFlowRunEngine.run_context)
    assert "await self.handle_exception(exc)" in source
    assert "await self.handle_crash(exc)" in inspect.getsource(AsyncFlowRunEngine.initialize_run)


def test_run_is_driven_as_the_stock_function_does() -> None:
    source = inspect.getsource(prefect.flow_engine.run_flow_async)
    for line in (
        "async with engine.start():",
        "while engine.is_running():",
        "async with engine.run_context():",
        "await engine.call_flow_fn()",
    ):
        assert line in source


def test_heartbeat_thread_is_left_out_by_the_property_that_is_replaced() -> None:
    assert isinstance(BaseFlowRunEngine.heartbeat_seconds, property)
    run = FlowRun(flow_id=uuid4(), parameters={"number": 1})
    before = threading.active_count()
    with prefect.flow_engine._send_heartbeats(engine_for(sample, run)):
        assert threading.active_count() == before


def test_engine_keeps_what_was_raised_under_the_name_that_is_read() -> None:
    run = FlowRun(flow_id=uuid4(), parameters={"number": 1})
    engine: InProcessEngine = engine_for(sample, run)
    assert hasattr(engine, "_raised")


def test_event_stream_is_an_async_context_and_iterator() -> None:
    parameters: dict[str, Any] = dict(inspect.signature(get_events_subscriber).parameters)
    assert "filter" in parameters
    assert hasattr(PrefectEventSubscriber, "__aenter__")
    assert hasattr(PrefectEventSubscriber, "__anext__")

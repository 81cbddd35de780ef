"""Private names and behaviour of Prefect that the worker relies on; run these after an upgrade."""

import ast
import contextlib
import inspect
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import captionacc_flow_worker
import prefect
import prefect.flow_engine
import prefect.results
import pytest
from captionacc_flow_worker.orchestration.engine import (
    InProcessEngine,
    StartingClient,
    engine_for,
    prepare_process,
)
from captionacc_flow_worker.orchestration.runs.states import REQUEUED, RETRIED
from captionacc_flow_worker.settings import WorkerSettings, prefect_environment
from prefect import flow
from prefect._flow_run_suspension import FlowRunSuspensionRequest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.events.clients import PrefectEventSubscriber, get_events_subscriber
from prefect.flow_engine import AsyncFlowRunEngine, BaseFlowRunEngine, _flow_parameters
from prefect.results import ResultStore
from prefect.settings import Settings


@contextlib.contextmanager
def prepared() -> Iterator[None]:
    """Prepares the process as the worker does, and undoes it afterwards."""
    engine, results = dict(vars(prefect.flow_engine)), dict(vars(prefect.results))
    try:
        prepare_process()
        yield
    finally:
        vars(prefect.flow_engine).update(engine)
        vars(prefect.results).update(results)


@flow
async def sample(number: int, word: str = "default") -> tuple[int, str]:
    return number, word


def test_the_version_is_the_pinned_one() -> None:
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


@pytest.mark.parametrize("interface", ["ui", "ui-v2"])
def test_the_retry_button_sets_the_state_name_that_marks_a_persons_request(interface: str) -> None:
    folder = Path(prefect.__file__).parent / "server" / interface
    scripts = [script.read_text() for script in folder.rglob("*.js")]
    set_by_button = {
        name
        for script in scripts
        for name in re.findall(r"name:[`'\"](\w+)[`'\"],message:[`'\"]Retry from the UI", script)
    }
    assert set_by_button == {RETRIED}
    assert not any(REQUEUED in script for script in scripts)


def test_engine_takes_sigterm_by_the_name_that_is_replaced() -> None:
    assert "with capture_sigterm():" in inspect.getsource(AsyncFlowRunEngine.initialize_run)
    with prepared():
        assert vars(prefect.flow_engine)["capture_sigterm"] is contextlib.nullcontext


def test_no_run_asks_the_server_where_its_result_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_client(**_: object) -> None:
        raise AssertionError("A client was made.")

    monkeypatch.setattr("prefect.client.orchestration.get_client", no_client)
    with pytest.raises(AssertionError, match="client"):
        prefect.results._get_default_result_storage()

    with prepared():
        assert prefect.results._get_default_result_storage().storage is not None
    assert "_get_default_result_storage()" in inspect.getsource(ResultStore.update_for_flow)


def test_each_end_of_a_run_passes_through_a_method_that_we_extend() -> None:
    for name in ("handle_crash", "handle_cancellation", "handle_exception"):
        assert inspect.iscoroutinefunction(getattr(AsyncFlowRunEngine, name)), name
    source = inspect.getsource(AsyncFlowRunEngine.run_context)
    assert "await self.handle_exception(exc)" in source
    assert "await self.handle_crash(exc)" in inspect.getsource(AsyncFlowRunEngine.initialize_run)


def test_runs_are_driven_as_prefects_own_function_does() -> None:
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


def test_a_start_sends_one_request_that_sets_the_run_to_running() -> None:
    """The engine sends each request that we leave out once, through the client that it gets."""
    written = inspect.getsource(AsyncFlowRunEngine.initialize_run)
    read = inspect.getsource(AsyncFlowRunEngine.setup_run_context)
    assert re.findall(r"await self\.client\.(\w+)", written) == ["update_flow_run"]
    assert "flow_version=self.flow.version" in written
    assert "empirical_policy=self.flow_run.empirical_policy" in written
    assert re.findall(r"await client\.(\w+)", read) == ["read_flow_run"]
    assert isinstance(AsyncFlowRunEngine.client, property)
    assert "__slots__" not in vars(PrefectClient)


async def test_client_of_a_start_knows_its_run_and_shares_the_connections() -> None:
    run = FlowRun(flow_id=uuid4())
    async with PrefectClient("http://127.0.0.1:9/api") as shared:
        client = StartingClient(shared, run)

        assert await client.read_flow_run(run.id) is run
        assert client._client is shared._client


def test_event_stream_is_an_async_context_and_iterator() -> None:
    parameters: dict[str, Any] = dict(inspect.signature(get_events_subscriber).parameters)
    assert "filter" in parameters
    assert hasattr(PrefectEventSubscriber, "__aenter__")
    assert hasattr(PrefectEventSubscriber, "__anext__")


# Each has a test here that says what we rest on.
PRIVATE = {
    "prefect._flow_run_suspension.FlowRunSuspensionRequest",
    "prefect.flow_engine._flow_parameters",
    "_get_flow_run_suspension_request",
    "_raised",
}


def test_no_other_private_name_is_used() -> None:
    found: set[str] = set()
    for path in Path(*captionacc_flow_worker.__path__).rglob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("prefect"):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                found.update(name for name in names if "._" in name)
            elif isinstance(node, ast.Import):
                found.update(a.name for a in node.names if a.name.startswith("prefect._"))
            elif isinstance(node, ast.Attribute) and path.name == "engine.py":
                found.update({node.attr} if node.attr.startswith("_") else ())

    assert found == PRIVATE


def test_methods_that_the_engine_replaces_or_calls_exist() -> None:
    ours = {name for name in vars(InProcessEngine) if not name.startswith("_")}
    assert ours == {
        "client",
        "heartbeat_seconds",
        "setup_flow_run_suspension_request",
        "handle_exception",
        "handle_crash",
    }
    for name in (
        *ours,
        "_get_flow_run_suspension_request",
        "handle_cancellation",
        "start",
        "is_running",
        "run_context",
        "call_flow_fn",
        "state",
    ):
        assert hasattr(AsyncFlowRunEngine, name), name


def test_prefect_reads_every_variable_that_we_set() -> None:
    settings = WorkerSettings(
        supabase_db_url="postgresql://localhost/x",
        prefect_api_url="http://localhost:4200/api",
        prefect_api_auth_string="a:b",
        priority_url="http://localhost",
        compute="modal",
    )
    known = {str(name) for name in _variables(Settings)}

    unknown = {name for name in prefect_environment(settings) if name not in known}

    # Not Prefect's own.
    assert unknown <= {"DO_NOT_TRACK"}


def _variables(kind: Any) -> set[str]:
    """Environment variables that a settings model and its nested models read."""
    found: set[str] = set()
    prefix = kind.model_config.get("env_prefix", "")
    for name, field in kind.model_fields.items():
        if inspect.isclass(field.annotation) and hasattr(field.annotation, "model_fields"):
            found |= _variables(field.annotation)
            continue
        found.add(f"{prefix}{name}".upper())
        for choice in getattr(field.validation_alias, "choices", ()):
            found.add(str(choice).upper())
    return found


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("hello", ()),
        (
            "create_flow_run_from_deployment",
            ("parameters", "name", "tags", "idempotency_key", "work_queue_name"),
        ),
        ("set_flow_run_state", ("force",)),
        ("read_flow_run", ()),
        ("read_flow_runs", ("flow_run_filter", "work_pool_filter", "limit", "offset")),
        ("read_work_pool", ()),
        ("create_work_pool", ()),
        ("update_work_pool", ()),
        ("read_work_queues", ("work_pool_name", "limit")),
        ("create_work_queue", ("priority", "work_pool_name")),
        (
            "send_worker_heartbeat",
            ("work_pool_name", "worker_name", "heartbeat_interval_seconds"),
        ),
        ("read_deployments", ("work_pool_filter", "limit")),
        ("delete_deployment", ()),
    ],
)
def test_client_methods_accept_the_arguments_that_we_pass(
    method: str, arguments: tuple[str, ...]
) -> None:
    assert set(arguments) <= set(inspect.signature(getattr(PrefectClient, method)).parameters)

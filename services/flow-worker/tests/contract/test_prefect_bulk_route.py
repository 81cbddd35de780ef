"""The route that makes many flow runs. The client has no method for it; upgrades may break it."""

import inspect

from captionacc_flow_worker.orchestration.runs.making import BULK_ROUTE, RUNS_AT_ONCE
from prefect.client.orchestration import PrefectClient
from prefect.server.api import deployments
from prefect.server.schemas.actions import DeploymentFlowRunCreate
from prefect.server.schemas.responses import FlowRunBulkCreateResponse, FlowRunCreateResult


def test_the_server_has_the_route_and_accepts_a_full_batch() -> None:
    [route] = [
        found
        for found in deployments.router.routes
        if getattr(found, "endpoint", None) is deployments.bulk_create_flow_runs_from_deployment
    ]
    assert getattr(route, "path", "").replace("{id:uuid}", "{id}") == BULK_ROUTE
    assert getattr(route, "methods", None) == {"POST"}
    assert RUNS_AT_ONCE <= deployments.BULK_CREATE_LIMIT


def test_the_server_accepts_the_fields_that_we_send() -> None:
    sent = {"parameters", "name", "tags", "idempotency_key", "work_queue_name", "state"}
    assert sent <= set(DeploymentFlowRunCreate.model_fields)


def test_the_answer_has_a_status_per_run() -> None:
    assert set(FlowRunBulkCreateResponse.model_fields) == {"results"}
    assert set(FlowRunCreateResult.model_fields) == {"flow_run_id", "status", "error"}
    source = inspect.getsource(deployments.bulk_create_flow_runs_from_deployment)
    assert 'status="CREATED"' in source


def test_the_client_retries_the_request_as_its_own() -> None:
    assert list(inspect.signature(PrefectClient.request).parameters)[1:5] == [
        "method",
        "path",
        "params",
        "path_params",
    ]

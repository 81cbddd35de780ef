"""What the worker hears from the event stream of a real Prefect server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from captionacc_contracts.work.flows import WORK_POOL, FlowName
from captionacc_flow_worker.flows.table import FLOWS
from captionacc_flow_worker.orchestration.operator_limits import OperatorLimits
from captionacc_flow_worker.orchestration.prefect_events import PrefectEvents
from captionacc_flow_worker.orchestration.presence import Presence
from captionacc_flow_worker.orchestration.runs.prefect_runs import runs_on
from captionacc_testkit.waiting import eventually
from prefect.client.orchestration import PrefectClient, get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Cancelled


class Heard:
    """Notes what the worker is told."""

    def __init__(self, events: PrefectEvents) -> None:
        self.events = events
        self.limits = self.asked_for = 0
        self.cancelled: list[UUID] = []
        events.when_limits_change(self._limits)
        events.when_run_asked_for(self._asked_for)
        events.when_run_cancelled(self._cancelled)

    async def another_limit(self, before: int) -> None:
        await eventually(lambda: self.limits > before, 30)

    def _limits(self) -> None:
        self.limits += 1

    def _asked_for(self) -> None:
        self.asked_for += 1

    async def _cancelled(self, run_id: UUID) -> None:
        self.cancelled.append(run_id)


@pytest_asyncio.fixture(loop_scope="session")
async def client(prefect_api_url: str) -> AsyncIterator[PrefectClient]:
    # The subscriber looks the address up in Prefect's settings.
    with temporary_settings({PREFECT_API_URL: prefect_api_url}):
        async with get_client() as client:
            presence = Presence()
            presence.found(OperatorLimits())
            await runs_on(client, FLOWS, presence).deployments.register()
            yield client


@pytest_asyncio.fixture(loop_scope="session")
async def heard(client: PrefectClient) -> AsyncIterator[Heard]:
    del client
    heard = Heard(PrefectEvents())
    listening = asyncio.create_task(heard.events.run())
    try:
        await eventually(lambda: heard.events.are_heard, 30)
        yield heard
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


@pytest_asyncio.fixture(loop_scope="session")
async def server(prefect_api_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=prefect_api_url, timeout=30) as server:
        yield server


async def _changed(server: httpx.AsyncClient, path: str, **fields: object) -> None:
    (await server.patch(path, json=fields)).raise_for_status()


@pytest.mark.parametrize("what", ["pool", "queue"])
async def test_a_change_of_a_limit_is_heard(
    heard: Heard, client: PrefectClient, server: httpx.AsyncClient, what: str
) -> None:
    queues = await client.read_work_queues(work_pool_name=WORK_POOL)
    path = {
        "pool": f"/work_pools/{WORK_POOL}",
        "queue": f"/work_pools/{WORK_POOL}/queues/{queues[0].name}",
    }[what]
    for limit in (3, None):
        before = heard.limits
        await _changed(server, path, concurrency_limit=limit)
        await heard.another_limit(before)


async def test_a_pause_is_heard(heard: Heard, server: httpx.AsyncClient) -> None:
    for is_paused in (True, False):
        before = heard.limits
        await _changed(server, f"/work_pools/{WORK_POOL}", is_paused=is_paused)
        await heard.another_limit(before)


async def test_a_run_that_a_person_starts_and_cancels_is_heard(
    heard: Heard, client: PrefectClient
) -> None:
    deployment = await client.read_deployment_by_name(FlowName.RECONCILE.deployment)
    before = heard.asked_for
    run = await client.create_flow_run_from_deployment(deployment.id)
    await eventually(lambda: heard.asked_for > before, 30)

    await client.set_flow_run_state(run.id, Cancelled(), force=True)

    await eventually(lambda: run.id in heard.cancelled, 30)

"""Worlds with real Postgres, object store, Prefect server, priority service and workers."""

import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from captionacc_stack.servers.ports import free_port
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.worker_process import process_environment
from captionacc_testkit.worker.world import Servers, World, open_world
from captionacc_wasabi.settings import StoreSettings

MakeServers = Callable[[str], Servers]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def priority_url() -> AsyncIterator[str]:
    """The real priority service."""
    port = free_port()
    process = subprocess.Popen(  # noqa: ASYNC220  starting it takes no time
        [sys.executable, "-m", "captionacc_priority"],
        env=process_environment(HOST="127.0.0.1", PORT=str(port), LOG_LEVEL="WARNING"),
    )
    url = f"http://127.0.0.1:{port}"

    async def answers() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{url}/health/live")).status_code == 200
        except httpx.HTTPError:
            return False

    try:
        await eventually(answers, 30)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def servers_with(
    new_bucket: Callable[[], Awaitable[StoreSettings]], prefect_api_url: str, priority_url: str
) -> MakeServers:
    """Gives the servers with the database of a connection string."""
    bucket = await new_bucket()

    def servers(dsn: str) -> Servers:
        return Servers(
            dsn=dsn, store=bucket, prefect_api_url=prefect_api_url, priority_url=priority_url
        )

    return servers


@pytest_asyncio.fixture(loop_scope="session")
async def world(
    database_dsn: str, servers_with: MakeServers, tmp_path: Path
) -> AsyncIterator[World]:
    """A world for one test, without a worker."""
    async with open_world(servers_with(database_dsn), tmp_path) as world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def busy_world(
    new_database: Callable[[], Awaitable[str]],
    servers_with: MakeServers,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[World]:
    """A world that the tests of a module share, with one worker."""
    servers = servers_with(await new_database())
    async with open_world(servers, tmp_path_factory.mktemp("world")) as world:
        await (await world.start_worker().ready()).in_prefect()
        yield world

"""pytest fixtures: real servers on loopback, each started once per session, when it is first used.

The fixtures import the servers inside their functions, so that unit tests do not load them.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from captionacc_testkit.folders import servers_folder

if TYPE_CHECKING:
    from captionacc_stack.servers.postgres import PostgresServer
    from captionacc_stack.servers.prefect import PrefectServer
    from captionacc_stack.servers.swift import SwiftServer
    from captionacc_wasabi.settings import StoreSettings

    from captionacc_testkit.pgbouncer import PgBouncer

NewDatabase = Callable[[], Awaitable[str]]
NewBucket = Callable[[], Awaitable["StoreSettings"]]


@pytest.fixture(scope="session")
def servers_directory() -> Iterator[Path]:
    """A folder for the servers' files, removed at the end of the session."""
    with servers_folder() as folder:
        yield folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_server(servers_directory: Path) -> AsyncIterator["PostgresServer"]:
    """A running PostgreSQL with the databases ``captionacc`` and ``prefect``, both empty."""
    from captionacc_stack.servers.ports import free_port
    from captionacc_stack.servers.postgres import PostgresServer
    from captionacc_stack.servers.process import start

    server = PostgresServer(servers_directory / "postgres", free_port(), durable=False)
    await server.prepare()
    process = await start(server.spec())
    yield server
    await process.stop()
    server.remove()


@pytest.fixture(scope="session")
def postgres_dsn(postgres_server: "PostgresServer") -> str:
    """The superuser's connection string for the maintenance database ``postgres``."""
    return postgres_server.dsn("postgres")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def transaction_pooler(
    servers_directory: Path, postgres_server: "PostgresServer"
) -> AsyncIterator["PgBouncer"]:
    """PgBouncer in transaction mode in front of the server; skips where it is not installed."""
    from captionacc_stack.servers.ports import free_port
    from captionacc_stack.servers.process import start

    from captionacc_testkit import pgbouncer

    if pgbouncer.program() is None:
        pytest.skip("pgbouncer is not installed: apt install pgbouncer")
    pooler = pgbouncer.PgBouncer(servers_directory / "pgbouncer", free_port(), postgres_server)
    pooler.prepare()
    process = await start(pooler.spec())
    yield pooler
    await process.stop(timeout_s=0)


@pytest_asyncio.fixture(loop_scope="session")
async def empty_database_dsn(postgres_server: "PostgresServer") -> AsyncIterator[str]:
    """The connection string of a new database without migrations; dropped after the test."""
    from captionacc_testkit import databases

    name = await databases.create(postgres_server.dsn("postgres"))
    yield postgres_server.dsn(name)
    await databases.drop(postgres_server.dsn("postgres"), name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def new_database(postgres_server: "PostgresServer") -> NewDatabase:
    """A function that makes a new migrated database and returns its connection string.

    It is for fixtures that last longer than one test; the database lasts as long as the server.
    """
    from captionacc_testkit import databases

    template = asyncio.Lock()
    made: list[str] = []
    maintenance = postgres_server.dsn("postgres")

    async def make() -> str:
        async with template:
            if not made:
                made.append(await databases.create_migrated(postgres_server.dsn, maintenance))
        return postgres_server.dsn(await databases.create(maintenance, template=made[0]))

    return make


@pytest_asyncio.fixture(loop_scope="session")
async def database_dsn(
    new_database: NewDatabase, postgres_server: "PostgresServer"
) -> AsyncIterator[str]:
    """The connection string of a new migrated database; dropped after the test."""
    from captionacc_testkit import databases

    dsn = await new_database()
    yield dsn
    with suppress(OSError):  # A test may have stopped the server.
        await databases.drop(postgres_server.dsn("postgres"), dsn.rpartition("/")[2])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def object_store_server(servers_directory: Path) -> AsyncIterator["SwiftServer"]:
    """A running object store (Swift with its S3 layer) without buckets."""
    from captionacc_stack.servers.process import start
    from captionacc_stack.servers.swift import SwiftPorts, SwiftServer

    server = SwiftServer(servers_directory / "swift", SwiftPorts.free())
    await server.prepare()
    process = await start(server.spec())
    yield server
    await process.stop(timeout_s=0)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def new_bucket(object_store_server: "SwiftServer") -> NewBucket:
    """A function that makes a new bucket and returns its settings, for long-lived fixtures."""
    from captionacc_wasabi.opening import open_store

    async def make() -> "StoreSettings":
        settings = object_store_server.settings(f"test-{uuid.uuid4().hex[:12]}")
        async with open_store(settings) as store:
            await store.ensure_bucket()
        return settings

    return make


@pytest_asyncio.fixture(loop_scope="session")
async def object_store_settings(new_bucket: NewBucket) -> "StoreSettings":
    """The settings of a new, empty bucket in the running object store."""
    return await new_bucket()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def prefect_server(
    servers_directory: Path, postgres_server: "PostgresServer"
) -> AsyncIterator["PrefectServer"]:
    """A running Prefect server on the database ``prefect``, without its web pages."""
    from captionacc_stack.servers.ports import free_port
    from captionacc_stack.servers.prefect import PrefectServer
    from captionacc_stack.servers.process import start

    server = PrefectServer(
        servers_directory / "prefect", free_port(), postgres_server.dsn("prefect")
    )
    process = await start(server.spec())
    yield server
    await process.stop(timeout_s=0)


@pytest.fixture(scope="session")
def prefect_api_url(prefect_server: "PrefectServer") -> str:
    """The address of the running Prefect server's API; it ends with ``/api``."""
    return prefect_server.api_url

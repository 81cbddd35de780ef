import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from captionacc_stack.servers.ports import free_port
from captionacc_stack.servers.postgres import PostgresServer
from captionacc_stack.servers.process import (
    ManagedProcess,
    ProcessStartError,
    start,
    start_ticks,
)
from captionacc_testkit.waiting import eventually


@pytest.fixture
def own_server(servers_directory: Path, request: pytest.FixtureRequest) -> PostgresServer:
    return PostgresServer(servers_directory / request.node.name, free_port(), durable=False)


@contextlib.asynccontextmanager
async def serving(server: PostgresServer) -> AsyncIterator[ManagedProcess]:
    """The process of ``server``, which is prepared, and stopped after the block."""
    await server.prepare()
    process = await start(server.spec())
    try:
        yield process
    finally:
        await process.stop()


async def query(server: PostgresServer, statement: str) -> object:
    connection = await asyncpg.connect(server.dsn())
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_rows_survive_a_kill_and_a_restart(own_server: PostgresServer) -> None:
    await own_server.prepare()
    process = await start(own_server.spec())
    await query(own_server, "create table kept as select generate_series(1, 300) as n")
    process.kill()
    await eventually(lambda: not process.running())
    assert (own_server.cluster / "postmaster.pid").exists()

    async with serving(own_server) as again:
        assert await query(own_server, "select count(*) from kept") == 300
    assert not again.running()
    own_server.remove()
    assert not own_server.data_dir.exists()


async def test_a_half_made_cluster_is_made_again(own_server: PostgresServer) -> None:
    own_server.cluster.mkdir(parents=True)
    (own_server.cluster / "PG_VERSION").write_text("18\n")
    (own_server.data_dir / "initdb" / "cluster").mkdir(parents=True)
    async with serving(own_server):
        assert await query(own_server, "select 1") == 1


async def test_a_pid_file_that_names_another_process_is_cleared(
    own_server: PostgresServer,
) -> None:
    await own_server.prepare()
    lines = [str(os.getpid()), str(own_server.cluster), "0", str(own_server.port), "", "", ""]
    (own_server.cluster / "postmaster.pid").write_text("\n".join(lines))
    async with serving(own_server) as process:
        assert process.running()


async def test_the_server_asks_for_the_password(postgres_server: PostgresServer) -> None:
    wrong = postgres_server.dsn().replace(postgres_server.password, "wrong")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes its account")
async def test_the_server_of_root_runs_unprivileged(postgres_server: PostgresServer) -> None:
    assert owner_of_process(postgres_server) != 0


def owner_of_process(server: PostgresServer) -> int:
    pid = (server.cluster / "postmaster.pid").read_text().split()[0]
    return Path("/proc", pid).stat().st_uid


async def test_a_port_in_use_is_reported(
    own_server: PostgresServer, postgres_server: PostgresServer
) -> None:
    own_server.port = postgres_server.port
    await own_server.prepare()
    with pytest.raises(ProcessStartError, match=f"uses port {postgres_server.port}"):
        await start(own_server.spec())


async def test_a_detached_server_is_found_by_its_pid(own_server: PostgresServer) -> None:
    await own_server.prepare()
    spec = own_server.spec()
    first = await start(spec, detached=True)
    taken_up = ManagedProcess(spec=spec, pid=first.pid, ticks=first.ticks)
    assert taken_up.running()
    assert not ManagedProcess(spec=spec, pid=first.pid, ticks=first.ticks + 1).running()
    await taken_up.stop()
    assert not taken_up.running()


PARENT = """
import asyncio, sys
from pathlib import Path
from captionacc_stack.servers.postgres import PostgresServer
from captionacc_stack.servers.process import start

async def main():
    server = PostgresServer(Path(sys.argv[1]), int(sys.argv[2]), durable=False)
    await server.prepare()
    process = await start(server.spec())
    print(process.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_server_ends_with_its_killed_parent(own_server: PostgresServer) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PARENT,
        str(own_server.data_dir),
        str(own_server.port),
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    async with asyncio.timeout(60):
        pid = int(await parent.stdout.readline())
    assert start_ticks(pid) is not None
    parent.kill()
    await parent.wait()
    await eventually(lambda: start_ticks(pid) is None)

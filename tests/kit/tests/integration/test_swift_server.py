import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from captionacc_stack.servers.ports import free_port
from captionacc_stack.servers.process import (
    ManagedProcess,
    ProcessStartError,
    start_all,
    start_ticks,
)
from captionacc_stack.servers.swift import SwiftPorts, SwiftServer
from captionacc_testkit.waiting import eventually
from captionacc_wasabi.opening import open_store


@pytest.fixture
def own_server(servers_directory: Path, request: pytest.FixtureRequest) -> SwiftServer:
    return SwiftServer(servers_directory / request.node.name, SwiftPorts.free())


async def stop_all(processes: list[ManagedProcess]) -> None:
    async with asyncio.TaskGroup() as group:
        for process in processes:
            group.create_task(process.stop(timeout_s=0))


async def test_objects_survive_a_kill_a_restart_and_other_ports(own_server: SwiftServer) -> None:
    await own_server.prepare()
    processes = await start_all(own_server.specs())
    async with open_store(own_server.settings()) as store:
        await store.ensure_bucket()
        for number in range(20):
            await store.put(f"kept/{number:02}", b"x" * number, content_type="image/jpeg")
    for process in processes:
        process.kill()
    await eventually(lambda: not any(process.running() for process in processes))

    moved = SwiftServer(own_server.data_dir, SwiftPorts.free())
    await moved.prepare()
    assert moved.secret_key == own_server.secret_key
    processes = await start_all(moved.specs())
    try:
        async with open_store(moved.settings()) as store:
            await store.ensure_bucket()
            listed = [info async for info in store.list("kept/")]
            assert [info.size_bytes for info in listed] == list(range(20))
            info = await store.stat("kept/07")
            assert info is not None
            assert info.content_type == "image/jpeg"
    finally:
        await stop_all(processes)


async def test_when_one_process_fails_none_stays(
    own_server: SwiftServer, object_store_server: SwiftServer
) -> None:
    own_server.ports = replace(own_server.ports, object=object_store_server.ports.object)
    await own_server.prepare()
    with pytest.raises(ProcessStartError, match="swift-object"):
        await start_all(own_server.specs())
    conf = str(own_server.data_dir).encode()
    assert not any(conf in line for line in command_lines())


def command_lines() -> list[bytes]:
    lines = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                lines.append((folder / "cmdline").read_bytes())
            except OSError:
                continue
    return lines


PARENT = """
import asyncio, sys
from pathlib import Path
from captionacc_stack.servers.process import start_all
from captionacc_stack.servers.swift import SwiftPorts, SwiftServer

async def main():
    server = SwiftServer(Path(sys.argv[1]), SwiftPorts.free())
    await server.prepare()
    processes = await start_all(server.specs())
    print(*[process.pid for process in processes], flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_the_store_ends_with_its_killed_parent(own_server: SwiftServer) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(own_server.data_dir), stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    async with asyncio.timeout(100):
        pids = [int(word) for word in (await parent.stdout.readline()).split()]
    assert len(pids) == 4
    parent.kill()
    await parent.wait()
    await eventually(lambda: all(start_ticks(pid) is None for pid in pids), 20)


async def test_ports_are_different_and_free() -> None:
    port = free_port()
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", port)
    async with server:
        ports = SwiftPorts.free()
        assert len({ports.proxy, ports.account, ports.container, ports.object, port}) == 5

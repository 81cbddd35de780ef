import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from captionacc_stack.servers.ports import free_port
from captionacc_stack.servers.process import (
    ProcessStartError,
    log_tail,
    start,
    start_all,
    start_ticks,
)
from captionacc_stack.servers.swift import SwiftPorts, SwiftServer
from captionacc_testkit.waiting import eventually
from captionacc_wasabi.opening import open_store


@pytest.fixture
def own_server(servers_directory: Path, request: pytest.FixtureRequest) -> SwiftServer:
    return SwiftServer(servers_directory / request.node.name, SwiftPorts.free())


def ended(pids: list[int]) -> bool:
    return all(start_ticks(pid) is None for pid in pids)


async def test_objects_survive_a_kill_a_restart_and_other_ports(own_server: SwiftServer) -> None:
    await own_server.prepare()
    process = await start(own_server.spec())
    async with open_store(own_server.settings()) as store:
        await store.ensure_bucket()
        for number in range(20):
            await store.put(f"kept/{number:02}", b"x" * number, content_type="image/jpeg")
    process.kill()
    await eventually(lambda: ended([process.pid, *own_server.back_ends().values()]))

    moved = SwiftServer(own_server.data_dir, SwiftPorts.free())
    await moved.prepare()
    assert moved.secret_key == own_server.secret_key
    process = await start(moved.spec())
    try:
        async with open_store(moved.settings()) as store:
            await store.ensure_bucket()
            listed = [info async for info in store.list("kept/")]
            assert [info.size_bytes for info in listed] == list(range(20))
            info = await store.stat("kept/07")
            assert info is not None
            assert info.content_type == "image/jpeg"
    finally:
        await process.stop(timeout_s=0)


async def test_when_one_process_fails_none_stays(
    own_server: SwiftServer, object_store_server: SwiftServer
) -> None:
    taken = object_store_server.ports.object
    other = SwiftServer(own_server.data_dir, replace(SwiftPorts.free(), object=taken))
    await own_server.prepare()
    with pytest.raises(ProcessStartError, match=f"uses port {taken}"):
        await start_all([own_server.spec(), other.spec()])
    await eventually(lambda: not any(runs_in(own_server.data_dir)))


@pytest.mark.parametrize("kind", ["account", "container", "object"])
async def test_a_back_end_that_ends_ends_the_store_and_the_log_says_which(
    own_server: SwiftServer, kind: str
) -> None:
    await own_server.prepare()
    process = await start(own_server.spec())
    back_ends = own_server.back_ends()
    try:
        assert set(back_ends) == {"swift-account", "swift-container", "swift-object"}
        assert len({process.pid, *back_ends.values()}) == 4
        assert not any(ended([pid]) for pid in back_ends.values())
        os.kill(back_ends[f"swift-{kind}"], signal.SIGKILL)
        await eventually(lambda: not process.running())
        await eventually(lambda: ended(list(back_ends.values())))
        said = log_tail(process.spec.log_file)
        assert f"swift-{kind} ended with status -9, so the store ends" in said
    finally:
        await process.stop(timeout_s=0)


async def test_a_back_end_that_stops_for_a_while_goes_on(own_server: SwiftServer) -> None:
    await own_server.prepare()
    process = await start(own_server.spec())
    try:
        async with open_store(own_server.settings()) as store:
            await store.ensure_bucket()
            stopped = own_server.back_ends()["swift-object"]
            os.kill(stopped, signal.SIGSTOP)
            put = asyncio.create_task(store.put("late", b"x", content_type="image/jpeg"))
            await asyncio.wait({put}, timeout=0.5)
            assert not put.done()
            os.kill(stopped, signal.SIGCONT)
            await put
            assert process.running()
            os.kill(stopped, signal.SIGSTOP)
    finally:
        await process.stop()
    await eventually(lambda: ended([process.pid, *own_server.back_ends().values()]))


async def test_a_back_end_that_cannot_start_is_named(own_server: SwiftServer) -> None:
    await own_server.prepare()
    (own_server.data_dir / "conf" / "container-server.conf").write_text("[DEFAULT]\n")
    with pytest.raises(ProcessStartError, match="swift-container ended with status 1"):
        await start(own_server.spec())
    assert "container-server" in log_tail(own_server.data_dir / "swift-container.log")
    await eventually(lambda: not any(runs_in(own_server.data_dir)))


def runs_in(data_dir: Path) -> list[bool]:
    """For each process, whether its command line names ``data_dir``."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                found.append(str(data_dir).encode() in (folder / "cmdline").read_bytes())
            except OSError:
                continue
    return found


PARENT = """
import asyncio, sys
from pathlib import Path
from captionacc_stack.servers.process import start
from captionacc_stack.servers.swift import SwiftPorts, SwiftServer

async def main():
    server = SwiftServer(Path(sys.argv[1]), SwiftPorts.free())
    await server.prepare()
    process = await start(server.spec())
    print(process.pid, *server.back_ends().values(), flush=True)
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
    await eventually(lambda: ended(pids), 20)


async def test_ports_are_different_and_free() -> None:
    port = free_port()
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", port)
    async with server:
        ports = SwiftPorts.free()
        assert len({ports.proxy, ports.account, ports.container, ports.object, port}) == 5

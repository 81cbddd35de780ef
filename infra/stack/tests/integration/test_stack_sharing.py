"""How commands find and share a stack that is already up."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from captionacc_stack import processes, state
from captionacc_stack.home import Home, default_root
from captionacc_stack.lifecycle import locks, stack
from captionacc_stack.state import Secrets, StackState


def of_a_stack(port: int = 1) -> StackState:
    """A state whose only service is the process of this test."""
    return StackState(
        secrets=Secrets.new(),
        ports={"gateway": port},
        services={"gateway": processes.record_of(os.getpid())},
        addresses={"gateway": f"http://127.0.0.1:{port}"},
    )


async def test_a_stack_that_answers_late_is_used_again(tmp_path: Path) -> None:
    answers = iter(["503 Service Unavailable", "503 Service Unavailable"])

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(f"HTTP/1.1 {next(answers, '200 OK')}\r\n\r\n".encode())
        writer.close()

    home = Home(root=tmp_path)
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        state.save(home.state_file, of_a_stack(port))
        async with asyncio.timeout(30):
            up = await stack.ensure_up(home, say=lambda _: None)
    assert up.reused


async def test_waiting_for_a_stack_that_is_being_stopped_has_a_limit(tmp_path: Path) -> None:
    async with locks.exclusive(tmp_path / "users.lock"):
        with pytest.raises(locks.LockedError):
            async with locks.shared(tmp_path / "users.lock", limit_s=0.1):
                raise AssertionError("must not get in")


def test_a_compute_call_is_found_when_the_home_is_reached_by_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    home = Home(root=default_root({"CAPTIONACC_HOME": str(link)}))
    home.prepare()
    call = subprocess.Popen(
        [sys.executable, "-c", "input()", "captionacc-local-call"],
        stdin=subprocess.PIPE,
        cwd=home.compute,
        env={},
    )
    try:
        assert call.pid in processes.marked(home.root)
    finally:
        with suppress(ProcessLookupError):
            call.send_signal(signal.SIGKILL)
        call.communicate()

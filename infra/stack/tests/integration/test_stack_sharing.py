"""Commands that work with one stack at the same time do not stop it under each other's feet."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from captionacc_cli.__main__ import _up
from captionacc_cli.pipeline import Wish
from captionacc_cli.progress import Lines
from captionacc_cli.run import run
from captionacc_contracts.work.tiers import Tier
from captionacc_stack.home import Home, default_root
from captionacc_stack.lifecycle import locks, processes, stack, state
from captionacc_stack.lifecycle.stack import Up
from captionacc_stack.lifecycle.state import Secrets, StackState


def of_a_stack(port: int = 1) -> StackState:
    """A state whose only service is this very process."""
    return StackState(
        secrets=Secrets.new(),
        ports={"gateway": port},
        services={"gateway": processes.record_of(os.getpid())},
        addresses={"gateway": f"http://127.0.0.1:{port}"},
    )


async def test_a_stack_that_answers_late_is_the_same_stack(tmp_path: Path) -> None:
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


async def test_up_counts_as_a_user_until_it_has_kept_the_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(root=tmp_path)

    async def started(home: Home, **_: object) -> Up:
        async with locks.shared(home.users_lock) as another:
            assert not another.sole_holder()
        state.save(home.state_file, of_a_stack())
        return Up(home=home, state=state.load(home.state_file), reused=True)

    monkeypatch.setattr(stack, "ensure_up", started)
    assert await _up(home) == 0
    assert state.load(home.state_file).kept


async def test_a_run_whose_reader_is_gone_stops_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unread(Lines):
        def end(self, seconds: float) -> None:
            raise BrokenPipeError

    home = Home(root=tmp_path)
    stopped: list[Home] = []

    async def started(home: Home, **_: object) -> Up:
        state.save(home.state_file, of_a_stack())
        return Up(home=home, state=state.load(home.state_file), reused=False)

    async def stop(home: Home) -> bool:
        stopped.append(home)
        return True

    monkeypatch.setattr(stack, "ensure_up", started)
    monkeypatch.setattr(stack, "stop", stop)
    wish = Wish(video=tmp_path / "a.mp4", crop=None, language=None, tier=Tier.FREE)
    with pytest.raises(BrokenPipeError):
        await run(home, wish, out=tmp_path / "out", keep=False, reporter=Unread())
    assert stopped == [home]


async def test_whoever_waits_for_a_stack_being_stopped_can_be_interrupted(tmp_path: Path) -> None:
    async with locks.exclusive(tmp_path / "users.lock"):
        with pytest.raises(TimeoutError):
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

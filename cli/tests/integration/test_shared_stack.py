"""Commands that use one stack at the same time do not stop it while another needs it."""

import os
from argparse import Namespace
from pathlib import Path

import pytest
from captionacc_cli.command_line.stack_commands import up
from captionacc_cli.main_job.pipeline import Order
from captionacc_cli.main_job.progress import Lines
from captionacc_cli.main_job.series import run_series
from captionacc_cli.results.folders import ResultFolder
from captionacc_contracts.work.tiers import Tier
from captionacc_stack import processes, state
from captionacc_stack.home import Home
from captionacc_stack.lifecycle import locks, stack
from captionacc_stack.lifecycle.stack import Up
from captionacc_stack.state import Secrets, StackState


def a_state() -> StackState:
    """A state whose only service is the process of this test."""
    return StackState(
        secrets=Secrets.new(),
        ports={"gateway": 1},
        services={"gateway": processes.record_of(os.getpid())},
        addresses={"gateway": "http://127.0.0.1:1"},
    )


async def test_up_counts_as_a_user_until_it_has_kept_the_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(root=tmp_path)

    async def started(home: Home, **_: object) -> Up:
        async with locks.shared(home.users_lock) as another:
            assert not another.sole_holder()
        state.save(home.state_file, a_state())
        return Up(home=home, state=state.load(home.state_file), reused=True)

    monkeypatch.setattr(stack, "ensure_up", started)
    assert await up(Namespace(), home) == 0
    assert state.load(home.state_file).kept


async def test_a_run_whose_output_is_closed_stops_the_stack_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unread(Lines):
        def end(self, seconds: float) -> None:
            raise BrokenPipeError

    home = Home(root=tmp_path)
    stopped: list[Home] = []

    async def started(home: Home, **_: object) -> Up:
        state.save(home.state_file, a_state())
        return Up(home=home, state=state.load(home.state_file), reused=False)

    async def stop(home: Home) -> bool:
        stopped.append(home)
        return True

    monkeypatch.setattr(stack, "ensure_up", started)
    monkeypatch.setattr(stack, "stop", stop)
    order = Order(video=tmp_path / "a.mp4", crops=(), language=None, tier=Tier.FREE)
    folder = ResultFolder(path=tmp_path / "out")
    with pytest.raises(BrokenPipeError):
        await run_series(home, [(order, folder)], keep=False, reporter=Unread())
    assert stopped == [home]
    assert not folder.path.exists()

"""Several videos share one stack, and one that fails does not stop the others."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from captionacc_cli.main_job import series
from captionacc_cli.main_job.pipeline import Order
from captionacc_cli.main_job.progress import Lines
from captionacc_cli.main_job.run import Finished
from captionacc_cli.main_job.series import Ended, run_series
from captionacc_cli.results.folders import ResultFolder
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.work.tiers import Tier
from captionacc_exports.writers.captions_json import CaptionsFile
from captionacc_stack import state
from captionacc_stack.home import Home
from captionacc_stack.lifecycle import stack
from captionacc_stack.lifecycle.stack import StackError, Up
from captionacc_stack.state import Secrets, StackState

MakeFile = Callable[..., CaptionsFile]
RunSeries = Callable[[dict[str, Exception]], Awaitable[list[Ended]]]
VIDEOS = ("a.mp4", "b.mp4", "c.mp4")


@dataclass
class Stand:
    """A stack without services, whose starts and stops are counted, and what was run on it."""

    moves: list[str] = field(default_factory=list)

    async def ensure_up(self, home: Home, **_: object) -> Up:
        self.moves.append("start")
        state.save(home.state_file, StackState(secrets=Secrets.new()))
        return Up(home=home, state=state.load(home.state_file), reused=False)

    async def stop(self, home: Home) -> bool:
        self.moves.append("stop")
        return True


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    stand = Stand()
    monkeypatch.setattr(stack, "ensure_up", stand.ensure_up)
    monkeypatch.setattr(stack, "stop", stand.stop)
    return stand


@pytest.fixture
def run_three(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stand: Stand, found: MakeFile
) -> RunSeries:
    """Run the three videos, of which those in the given errors fail."""

    async def run_all(errors: dict[str, Exception]) -> list[Ended]:
        async def run(up: Up, order: Order, **_: object) -> Finished:
            stand.moves.append(order.title)
            if order.title in errors:
                raise errors[order.title]
            return Finished(
                captions=found(), directory=tmp_path, report=tmp_path, seconds_in_all=1.0
            )

        monkeypatch.setattr(series, "run", run)
        jobs = [
            (
                Order(video=Path(name), crops=(), language=None, tier=Tier.FREE),
                ResultFolder(path=tmp_path / name),
            )
            for name in VIDEOS
        ]
        home = Home(root=tmp_path / "home")
        return (await run_series(home, jobs, keep=False, reporter=Lines())).ended

    return run_all


async def test_a_video_that_fails_does_not_stop_the_others(
    run_three: RunSeries, stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = PermanentError(ErrorCode.VIDEO_TOO_LARGE, "The picture is too large.")
    ended = await run_three({"b.mp4": refused})
    assert stand.moves == ["start", *VIDEOS, "stop"]
    assert [each.video.name for each in ended] == list(VIDEOS)
    assert [each.finished is not None for each in ended] == [True, False, True]
    assert ended[1].error == "video_too_large: The picture is too large."
    shown = capsys.readouterr().out
    assert "[2/3] b.mp4" in shown
    assert shown.count("No captions were found.") == 2


async def test_the_videos_after_the_end_of_the_stack_are_not_begun(
    run_three: RunSeries, stand: Stand
) -> None:
    ended = await run_three({"a.mp4": StackError("priority ended unexpectedly.")})
    assert stand.moves == ["start", "a.mp4", "stop"]
    assert [each.finished for each in ended] == [None, None, None]
    assert ended[0].error == "priority ended unexpectedly."
    assert "was not processed" in ended[2].error


async def test_a_full_disk_is_said_for_the_video(run_three: RunSeries) -> None:
    ended = await run_three({"c.mp4": OSError(28, "No space left on device")})
    assert ended[2].error == "[Errno 28] No space left on device"

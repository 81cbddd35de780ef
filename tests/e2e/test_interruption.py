"""Ctrl-C leaves no process and no corrupt state; the next command repairs a crash."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from captionacc_testkit.commands import Commands
from captionacc_testkit.media import ClipCaption, make_clip
from captionacc_testkit.waiting import eventually

CAPTION = ClipCaption(start_s=0.3, end_s=2.0, text="Here it says something")


@pytest.fixture(scope="module")
def clip(videos: Path) -> Path:
    return make_clip(videos / "short.mp4", size=(640, 360), fps=10, seconds=2.5, captions=[CAPTION])


async def _interrupted(commands: Commands, clip: Path, at: str, number: signal.Signals) -> int:
    """The exit status of a run that gets a signal when it prints a line with ``at``."""
    process = await commands.start("run", clip, "--crop", "0,0.7,1,1")
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(120):
        async for line in process.stdout:
            if at in line.decode():
                break
        else:
            raise AssertionError((await process.stderr.read()).decode())
        process.send_signal(number)
        await process.stdout.read()
        err = (await process.stderr.read()).decode()
        assert "Traceback" not in err
        code: int = await process.wait()
    return code


@pytest.mark.timeout(400)
async def test_an_interrupted_run_leaves_nothing_and_the_next_one_works(
    own_stack: Commands, captionacc: Commands, clip: Path
) -> None:
    moments = {
        "Starting": signal.SIGINT,
        "Extracting": signal.SIGTERM,
        "Cropping": signal.SIGINT,
    }
    for at, number in moments.items():
        code = await _interrupted(own_stack, clip, at, number)
        assert code == 130, at
        assert own_stack.left() == set(), at
        status = await own_stack.status()
        assert status["services"] == {}, at

    # The next command repairs a crash of the command itself.
    process = await own_stack.start("run", clip)
    assert process.stdout is not None
    async for line in process.stdout:
        if "Extracting" in line.decode():
            break
    process.kill()
    await process.wait()
    assert own_stack.left()

    done = await own_stack("run", clip, "--crop", "0,0.7,1,1", "--language", "en")
    assert done.code == 0, done.said
    assert own_stack.left() == set()
    captions = (own_stack.home / "short-captions" / "captions.srt").read_text()
    assert CAPTION.text in captions
    # The other stack was not touched.
    assert (await captionacc.status())["running"]


@pytest.mark.parametrize("service", ["priority", "swift-object"])
async def test_a_service_that_dies_is_named_and_started_again(
    captionacc: Commands, service: str
) -> None:
    pid = (await captionacc.status())["services"][service]["pid"]
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: pid not in captionacc.left(), 10)
    status = await captionacc("status")
    assert status.code == 1
    assert "ENDED" in status.out
    assert service in (await captionacc("doctor")).out
    up = await captionacc("up")
    assert up.code == 0, up.said
    assert (await captionacc.status())["running"]

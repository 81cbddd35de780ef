"""A command that fails prints a sentence and never a traceback."""

import os
import subprocess
from pathlib import Path

import pytest
from captionacc_cli.main_job.pipeline import Order
from captionacc_contracts.work.tiers import Tier
from captionacc_testkit.commands import COMMAND


def said(home: Path, *arguments: str, stdout: int = subprocess.PIPE) -> tuple[int, str]:
    done = subprocess.run(
        [COMMAND, *arguments],
        env={"PATH": os.environ["PATH"], "CAPTIONACC_HOME": str(home)},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("command", ["status", "token", "down"])
def test_a_state_file_that_cannot_be_read_is_named(tmp_path: Path, command: str) -> None:
    (tmp_path / "stack.json").mkdir()
    code, err = said(tmp_path, command)
    assert code == 1
    assert len(err.splitlines()) == 1
    assert str(tmp_path) in err


@pytest.mark.parametrize("command", ["status", "down"])
def test_a_closed_output_is_not_reported(tmp_path: Path, command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert said(tmp_path, command, stdout=writing) == (1, "")
    finally:
        os.close(writing)


def test_a_file_name_that_is_not_utf_8_can_be_shown_and_stored() -> None:
    video = Path(os.fsdecode(b"caf\xe9 \xe5\xad\x97.mp4"))
    order = Order(video=video, crops=(), language=None, tier=Tier.FREE)
    assert order.title == "caf? 字.mp4"

"""The progress of a run as plain lines."""

import itertools
import time

import pytest
from captionacc_cli.main_job.progress import Lines


def test_lines_say_how_far_a_stage_is_and_what_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = itertools.count(0.0, 6.0)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    lines = Lines()
    lines.begin("Extracting")
    for done in (0, 10, 10, 20):
        lines.update("frames", done, 100)
    lines.update("waiting", 0, 0)
    lines.end(30.0)
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["Extracting ...", "  frames 0/100"]
    assert said[2].startswith("  frames 10/100, ")
    assert said[2].endswith(" left")
    assert said[3].startswith("  frames 20/100, ")
    assert said[4:] == ["  waiting", "Extracting: done in 30.0 s"]

"""A local call that is stopped in its last moment."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from captionacc_contracts.work.compute import CaptionsOcrResult, Measured
from captionacc_modal import local_call


@pytest.mark.parametrize("stopped", [True, False])
async def test_a_process_that_was_stopped_performs_no_other_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped: bool
) -> None:
    async def perform(_directory: Path, _process: Any) -> CaptionsOcrResult:
        if stopped:
            os.kill(os.getpid(), signal.SIGTERM)
        return CaptionsOcrResult(texts=[], measured=Measured(seconds={}))

    monkeypatch.setattr(local_call, "_perform", perform)
    process: Any = None

    may_go_on = await local_call._call(tmp_path, process)

    assert may_go_on is not stopped
    assert (tmp_path / "result.json").exists(), "the work was done"

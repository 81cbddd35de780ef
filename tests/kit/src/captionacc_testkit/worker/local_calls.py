"""Local compute calls whose program is the stand-in."""

import os
import signal
import sys
from pathlib import Path

from captionacc_flow_worker.compute.call_directory import CallDirectory
from captionacc_flow_worker.compute.local_compute import LocalCompute
from captionacc_flow_worker.compute.warm_processes import WarmLimits
from captionacc_observability.process_identity import signal_group

COMMAND = (sys.executable, "-m", "captionacc_testkit.worker.stand_in_call")


def local_compute(directory: Path, limits: WarmLimits | None = None) -> LocalCompute:
    """An adapter as a process has it after a restart; ``directory`` holds all of its state."""
    return LocalCompute(
        directory=directory / "calls",
        command=COMMAND,
        environment={"PATH": os.environ["PATH"], "COMPUTE_LEDGER": str(directory / "ledger")},
        limits=limits,
    )


def kill_calls(calls: Path) -> None:
    """Kill the processes of all calls in this folder of call directories."""
    for path in calls.glob("*"):
        call = CallDirectory(path).call()
        if call is not None:
            signal_group(call.process, signal.SIGKILL)


def read_ledger(directory: Path) -> list[str]:
    """The starts and ends of calls, such as ``start DIGEST``, in order."""
    path = directory / "ledger"
    return path.read_text().splitlines() if path.exists() else []

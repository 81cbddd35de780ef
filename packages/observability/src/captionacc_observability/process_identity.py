"""Names a process by its pid and its start time, since the kernel reuses pids."""

import os
import signal
import subprocess
from pathlib import Path

import msgspec

_PROC = Path("/proc")


class ProcessIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """A pid with the start time that the system keeps for it."""

    pid: int
    started: str


def identify(pid: int) -> ProcessIdentity | None:
    """The identity of a running process; ``None`` when it has ended or is a zombie."""
    started = start_time(pid)
    return None if started is None else ProcessIdentity(pid=pid, started=started)


def is_alive(process: ProcessIdentity) -> bool:
    return start_time(process.pid) == process.started


def signal_group(process: ProcessIdentity, number: signal.Signals) -> None:
    """Signal the process group that ``process`` leads, if the process is alive."""
    if is_alive(process):
        signal_group_of(process.pid, number)


def signal_group_of(pid: int, number: signal.Signals) -> None:
    """Signal the group ``pid``, which the caller knows to have members."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def start_time(pid: int) -> str | None:
    """When the process started: clock ticks since boot, or a date where there is no ``/proc``.

    ``None`` when the process has ended or is a zombie.
    """
    if not _PROC.exists() or not (_PROC / "self").exists():
        return _start_time_by_ps(pid)
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command stands in brackets and may contain spaces and brackets.
    fields = text.rpartition(")")[2].split()
    state, started = fields[0], fields[19]
    return None if state in "ZX" else started


def _start_time_by_ps(pid: int) -> str | None:
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],  # noqa: S607  found on every system with no /proc
        capture_output=True,
        text=True,
        timeout=5,
        check=False,
    )
    status, _, started = answer.stdout.strip().partition(" ")
    return None if not started or status.startswith("Z") else started.strip()

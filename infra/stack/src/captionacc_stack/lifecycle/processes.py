"""What the kernel says of processes: whether one still lives, its memory, whose it is."""

import contextlib
import os
import signal
from collections.abc import Iterable, Mapping
from pathlib import Path

from captionacc_stack.lifecycle.state import ServiceRecord
from captionacc_stack.servers.process import poll, start_ticks

STACK_MARK = "CAPTIONACC_STACK"
"""Variable in the environment of every process of a stack; its value is the stack's root."""

_PROC = Path("/proc")


def record_of(pid: int) -> ServiceRecord:
    """A record by which ``pid`` is known again; of an ended process one that matches nothing."""
    return ServiceRecord(pid=pid, started_ticks=start_ticks(pid) or -1)


def alive(record: ServiceRecord) -> bool:
    """Whether the very process of ``record`` still runs."""
    return start_ticks(record.pid) == record.started_ticks


def marked(root: Path) -> set[int]:
    """Pids of all processes that belong to the stack at ``root``, recorded or not."""
    found = set()
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if _belongs(entry, root):
                found.add(int(entry.name))
    return {pid for pid in found if start_ticks(pid) is not None}


def _belongs(process: Path, root: Path) -> bool:
    if f"{STACK_MARK}={root}".encode() in (process / "environ").read_bytes().split(b"\0"):
        return True
    # A compute call is started by the worker, with an environment of the worker's choice.
    calls = b"captionacc-local-call" in (process / "cmdline").read_bytes()
    return calls and (process / "cwd").readlink().is_relative_to(root)


def peak_memory_mib(pid: int) -> float | None:
    """Highest resident memory of ``pid`` so far."""
    with contextlib.suppress(OSError):
        for line in (_PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return None


def send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


async def end(
    records: Mapping[str, ServiceRecord], *, limit_s: float, ask: Mapping[str, signal.Signals]
) -> None:
    """Ask the named processes to end (SIGTERM unless ``ask`` names another signal), then kill.

    Whole process groups are killed ``limit_s`` later, so nothing that they started stays.
    """
    living = {name: record for name, record in records.items() if alive(record)}
    for name, record in living.items():
        send((record.pid,), ask.get(name, signal.SIGTERM))

    async def all_ended() -> bool:
        return not any(map(alive, living.values()))

    await poll(all_ended, limit_s)
    for record in living.values():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(record.pid, signal.SIGKILL)


async def sweep(root: Path, *, spared: frozenset[int], limit_s: float) -> None:
    """End what is left of the stack at ``root``, but for process groups led by ``spared``."""

    def left() -> set[int]:
        return {pid for pid in marked(root) if _group(pid) not in spared}

    async def none_left() -> bool:
        return not left()

    send(left(), signal.SIGTERM)
    await poll(none_left, limit_s)
    send(left(), signal.SIGKILL)


def _group(pid: int) -> int | None:
    with contextlib.suppress(ProcessLookupError):
        return os.getpgid(pid)
    return None

"""What the kernel knows about processes: whether one runs, its memory, its stack."""

import contextlib
import os
import signal
from collections.abc import Iterable, Mapping
from pathlib import Path

from captionacc_stack.servers.process import poll, start_ticks
from captionacc_stack.state import ServiceRecord

STACK_MARK = "CAPTIONACC_STACK"
"""A variable in the environment of every process of a stack; its value is the stack's root."""

_PROC = Path("/proc")


def record_of(pid: int) -> ServiceRecord:
    """A record that identifies the process ``pid``; for an ended process it matches nothing."""
    return ServiceRecord(pid=pid, started_ticks=start_ticks(pid) or -1)


def alive(record: ServiceRecord) -> bool:
    """Whether the process of ``record`` itself, not a later one with its pid, still runs."""
    return start_ticks(record.pid) == record.started_ticks


def marked(root: Path) -> set[int]:
    """The pids of all processes that belong to the stack at ``root``, recorded or not."""
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
    # The worker chooses the environment of a compute call, so look at its working folder.
    calls = b"captionacc-local-call" in (process / "cmdline").read_bytes()
    return calls and (process / "cwd").readlink().is_relative_to(root)


def peak_memory_mib(pid: int) -> float | None:
    """The peak resident memory of ``pid`` in MiB so far; None when it does not run."""
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
    """Ask the processes to end (SIGTERM unless ``ask`` names another signal), then kill them.

    After at most ``limit_s`` it kills their whole process groups, so that no child survives.
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
    """End every process of the stack at ``root`` except the process groups led by ``spared``."""

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

"""The processor time and the memory of a stack and its commands, read from /proc."""

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_PROC = Path("/proc")
_EVERY_S = 0.25
"""Short beside the shortest compute call. A process that ends loses at most this much."""
_MEMORY_EVERY = 4
"""Looks per look at the memory: it costs the kernel a millisecond per process."""
_LOOKS_AT_OTHERS = 3
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Use:
    """What the processes of a stack used while they were watched.

    Attributes:
        cpu_s: processor seconds.
        pss_mib: the most proportional memory of all of them together.
    """

    cpu_s: float = 0.0
    pss_mib: float = 0.0


@dataclass
class _Watch:
    """Watches all processes whose environment or command names ``mark``, and their children."""

    mark: bytes
    use: Use = field(default_factory=Use)
    _ours: set[int] = field(default_factory=set)
    _others: dict[int, int] = field(default_factory=dict)
    """Looks at processes that are not ours. A new process shows its parent's command until it
    starts its own, so one look is not enough."""
    _began: dict[tuple[int, str], int] = field(default_factory=dict)
    _latest: dict[tuple[int, str], int] = field(default_factory=dict)

    def look(self, *, first: bool = False, memory: bool = False) -> None:
        """Add up what the processes used; what they used before the ``first`` look is left out."""
        pids = {
            int(name)
            for name in os.listdir(_PROC)  # noqa: PTH208  half the time
            if name.isdigit()
        }
        self._ours &= pids
        self._others = {pid: looks for pid, looks in self._others.items() if pid in pids}
        pss = 0.0
        for pid in sorted(pids):
            if self._others.get(pid, 0) >= _LOOKS_AT_OTHERS:
                continue
            with contextlib.suppress(OSError, ValueError, IndexError):
                started, parent, ticks = _stat(pid)
                if pid not in self._ours and not self._is_ours(pid, parent):
                    self._others[pid] = self._others.get(pid, 0) + 1
                    continue
                self._ours.add(pid)
                self._began.setdefault((pid, started), ticks if first else 0)
                self._latest[pid, started] = ticks
                if memory:
                    pss += _pss_mib(pid)
        self.use.pss_mib = max(self.use.pss_mib, pss)
        used = sum(self._latest.values()) - sum(self._began.values())
        self.use.cpu_s = used / _TICKS

    def _is_ours(self, pid: int, parent: int) -> bool:
        if parent in self._ours:
            return True
        folder = _PROC / str(pid)
        return any(self.mark in (folder / name).read_bytes() for name in ("environ", "cmdline"))


@contextlib.contextmanager
def watched(home: Path) -> Iterator[Use]:
    """What the processes of the stack at ``home`` use during the block.

    The numbers are complete when the block ends. The processes of commands count too, as long as
    their environment names the home.
    """
    watch = _Watch(mark=os.fsencode(home))
    # This process names the home in no environment, but its children inherit its place.
    watch.look(first=True, memory=True)
    stop = threading.Event()

    def run() -> None:
        looks = 0
        while not stop.wait(_EVERY_S):
            looks += 1
            watch.look(memory=looks % _MEMORY_EVERY == 0)

    thread = threading.Thread(target=run, name="watch")
    thread.start()
    try:
        yield watch.use
    finally:
        stop.set()
        thread.join()
        watch.look(memory=True)


def _stat(pid: int) -> tuple[str, int, int]:
    """When the process started, its parent, and the ticks that it used."""
    # The name of the program, in brackets, may hold blanks.
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return fields[19], int(fields[1]), int(fields[11]) + int(fields[12])


def _pss_mib(pid: int) -> float:
    for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0

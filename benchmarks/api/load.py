"""Sends requests and times their answers."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

# Longer than any answer should take; the figures show a client that waited this long.
TIMEOUT_S = 30.0

Send = Callable[[], Awaitable[httpx.Response]]


@dataclass(kw_only=True)
class Timed:
    """The seconds that each answer took, and how often each status came (0: cut off)."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    size: int = 0
    """Bytes of the last body, as it was sent."""
    wall_s: float = 0.0

    async def send(self, request: Send) -> None:
        began = time.perf_counter()
        try:
            answer = await request()
        except httpx.TransportError:
            self.seconds.append(time.perf_counter() - began)
            self.statuses[0] += 1
            return
        self.seconds.append(time.perf_counter() - began)
        self.statuses[answer.status_code] += 1
        self.size = answer.num_bytes_downloaded


def client(url: str, connections: int) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, limits=limits)


async def at_once(request: Callable[[], Send], count: int, clients: int) -> Timed:
    """Send ``count`` requests, of which ``clients`` are under way at any time."""
    timed = Timed()
    left = iter(range(count))
    began = time.perf_counter()

    async def repeat() -> None:
        for _ in left:
            await timed.send(request())

    await asyncio.gather(*(repeat() for _ in range(clients)))
    timed.wall_s = time.perf_counter() - began
    return timed


async def at_rate(request: Callable[[], Send], per_s: float, seconds: float) -> Timed:
    """Send requests at a fixed rate, whether or not the former ones were answered."""
    timed = Timed()
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(per_s * seconds)):
            await asyncio.sleep(max(0.0, began + number / per_s - time.perf_counter()))
            group.create_task(timed.send(request()))
    timed.wall_s = time.perf_counter() - began
    return timed


def cpu_s(pid: int) -> float:
    """Return the seconds of processor time that a process and its children have used."""
    ticks = sum(_ticks(path, pid) for path in Path("/proc").glob("[0-9]*/stat"))
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(path: Path, pid: int) -> int:
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    # The name of the program, in brackets, may hold blanks; see proc_pid_stat(5) for the fields.
    fields = text.rpartition(")")[2].split()
    if int(path.parent.name) == pid:
        return sum(map(int, fields[11:15]))
    return sum(map(int, fields[11:13])) if int(fields[1]) == pid else 0

"""Start, watch and stop server processes; a ``ProcessSpec`` describes each."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from captionacc_observability.process_identity import start_time

from captionacc_stack.servers.parent_death import end_with
from captionacc_stack.servers.ports import is_free

# About forty lines: the end of a traceback.
LOG_TAIL_BYTES = 4_000
# The first look finds what ends quickly; later looks cost little CPU during a long start.
FIRST_POLL_S = 0.02
LONGEST_POLL_S = 0.25
# The kernel ends a killed process soon, unless its disk is slow.
KILL_TIMEOUT_S = 10.0


class ProcessStartError(Exception):
    """A server ended or was not ready in time; the message ends with its last log lines."""


@dataclass(frozen=True, kw_only=True)
class ProcessSpec:
    """What to run, and how to find out that it serves.

    ``env`` is the whole environment of the process. The process changes to ``uid`` and ``gid``
    when the caller is root. ``ports`` are its ports on 127.0.0.1. ``ready`` must return soon.
    ``stop_signal`` asks the process to end cleanly.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    log_file: Path
    ports: tuple[int, ...]
    ready: Callable[[], Awaitable[bool]]
    uid: int | None = None
    gid: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    start_timeout_s: float = 60.0


def start_ticks(pid: int) -> int | None:
    """When ``pid`` started, in clock ticks since boot; None when it does not run.

    The kernel reuses pids; a pid and its start time together identify one process.
    """
    started = start_time(pid)
    return None if started is None else int(started)


@dataclass(kw_only=True)
class ManagedProcess:
    """A started process; another program can rebuild it from ``spec``, ``pid`` and ``ticks``."""

    spec: ProcessSpec
    pid: int
    ticks: int
    _child: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def running(self) -> bool:
        """Whether the process still runs."""
        if self._child is not None and self._child.poll() is not None:
            return False
        return start_ticks(self.pid) == self.ticks

    @property
    def exit_code(self) -> int | None:
        """The exit status of a child of this process (negative: a signal); None for others."""
        return None if self._child is None else self._child.poll()

    async def stop(self, timeout_s: float = 10.0) -> None:
        """Ask the process to end; after at most ``timeout_s`` kill its whole group."""
        if self.running():
            with suppress(ProcessLookupError):
                os.kill(self.pid, self.spec.stop_signal)
            await self._ended(timeout_s)
        # A child may still run when the leader of the group has ended.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        await self._ended(KILL_TIMEOUT_S)

    def kill(self) -> None:
        """Kill the whole process group immediately, as in a crash."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    async def _ended(self, timeout_s: float) -> bool:
        return await poll(self._has_ended, timeout_s)

    async def _has_ended(self) -> bool:
        return not self.running()


async def poll(condition: Callable[[], Awaitable[bool]], timeout_s: float) -> bool:
    """Ask ``condition`` at growing intervals; return whether it held within ``timeout_s``."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    pause = FIRST_POLL_S
    while not await condition():
        if loop.time() >= deadline:
            return False
        await asyncio.sleep(min(pause, max(deadline - loop.time(), 0)))
        pause = min(pause * 1.5, LONGEST_POLL_S)
    return True


def spawn(spec: ProcessSpec, *, detached: bool) -> ManagedProcess:
    """Start the process without waiting until it serves.

    A process that is not ``detached`` gets its stop signal when the calling thread ends, so it
    never survives a killed test run. Call this from a thread that lives as long as the process.
    """
    privileged = os.geteuid() == 0 and spec.uid is not None
    spec.log_file.parent.mkdir(parents=True, exist_ok=True)
    with spec.log_file.open("ab") as log:
        child = subprocess.Popen(
            spec.argv,
            env=dict(spec.env),
            cwd=spec.cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=spec.uid if privileged else None,
            group=spec.gid if privileged else None,
            extra_groups=[] if privileged else None,
            # This runs after the change of uid, which would reset the setting.
            preexec_fn=None if detached else partial(end_with, os.getpid(), spec.stop_signal),
        )
    ticks = start_ticks(child.pid)
    return ManagedProcess(spec=spec, pid=child.pid, ticks=ticks or 0, _child=child)


async def start(spec: ProcessSpec, *, detached: bool = False) -> ManagedProcess:
    """Start the process and return when it serves.

    Raises:
        ProcessStartError: one of its ports is in use, it ended before it served, or it was not
            ready within ``spec.start_timeout_s`` (then it is stopped).
    """
    # Another server on a port would answer the readiness probe in place of this one, and some
    # servers share a port without an error.
    for port in spec.ports:
        if not is_free(port):
            raise ProcessStartError(
                f"{spec.name} cannot start: another process uses port {port} on 127.0.0.1."
            )
    process = spawn(spec, detached=detached)
    try:
        async with asyncio.timeout(spec.start_timeout_s + 5):
            if await poll(lambda: _ended_or_ready(process), spec.start_timeout_s):
                if process.running():
                    return process
                raise ProcessStartError(
                    f"{spec.name} ended with status {process.exit_code} before it served."
                    f" {_end_of_log(spec)}"
                )
            raise ProcessStartError(
                f"{spec.name} did not serve within {spec.start_timeout_s:.0f} s."
                f" {_end_of_log(spec)}"
            )
    except BaseException:
        await process.stop()
        raise


async def start_all(
    specs: Iterable[ProcessSpec], *, detached: bool = False
) -> list[ManagedProcess]:
    """Start several processes at the same time; if one fails, stop the others.

    Raises:
        ProcessStartError: the failure of the first process that failed; see ``start``.
    """
    tasks: list[asyncio.Task[ManagedProcess]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks.extend(group.create_task(start(spec, detached=detached)) for spec in specs)
    except BaseExceptionGroup as failures:
        for task in tasks:
            if not task.cancelled() and task.exception() is None:
                await task.result().stop()
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def _ended_or_ready(process: ManagedProcess) -> bool:
    return not process.running() or await process.spec.ready()


def _end_of_log(spec: ProcessSpec) -> str:
    return f"The end of its log {spec.log_file}:\n{log_tail(spec.log_file)}"


def log_tail(log_file: Path) -> str:
    """The last lines of a log, for an error message."""
    with suppress(OSError), log_file.open("rb") as log:
        log.seek(0, os.SEEK_END)
        log.seek(max(log.tell() - LOG_TAIL_BYTES, 0))
        return log.read().decode(errors="replace")
    return "(no log)"

"""Start, watch and stop server processes that are described as data."""

import asyncio
import ctypes
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from captionacc_stack.servers.ports import is_free

PR_SET_PDEATHSIG = 1
LOG_TAIL_BYTES = 4_000
FIRST_POLL_S = 0.02
LONGEST_POLL_S = 0.25
KILL_TIMEOUT_S = 10.0

_libc = ctypes.CDLL(None, use_errno=True)


class ProcessStartError(Exception):
    """A server ended or stayed silent while it should have become ready; tells its last log."""


@dataclass(frozen=True, kw_only=True)
class ProcessSpec:
    """What to run and how to tell that it serves.

    ``env`` is the whole environment of the process. ``uid`` and ``gid`` are taken on by the
    process when the caller is root. ``port`` is the one it listens on, on 127.0.0.1, or 0 for
    none. ``ready`` must return soon; ``stop_signal`` asks the process for a clean end.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    log_file: Path
    port: int
    ready: Callable[[], Awaitable[bool]]
    uid: int | None = None
    gid: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    start_timeout_s: float = 60.0


def start_ticks(pid: int) -> int | None:
    """When ``pid`` started, in clock ticks since boot; None when it does not run.

    With the pid it names a process for good, since the kernel uses pids again.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The command name stands in brackets and may hold blanks itself.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else int(fields[19])


@dataclass(kw_only=True)
class ManagedProcess:
    """A started process; ``ManagedProcess(spec=…, pid=…, ticks=…)`` takes up one started before."""

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
        """Exit status (negative: signal) of a child of this process; None for any other."""
        return None if self._child is None else self._child.poll()

    async def stop(self, timeout_s: float = 10.0) -> None:
        """Ask the process to end, and kill its whole group when it has not after ``timeout_s``."""
        if self.running():
            with suppress(ProcessLookupError):
                os.kill(self.pid, self.spec.stop_signal)
            await self._ended(timeout_s)
        # The leader may be gone while something that it started is not.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        await self._ended(KILL_TIMEOUT_S)

    def kill(self) -> None:
        """Kill the whole group at once, as a crash would."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    async def _ended(self, timeout_s: float) -> bool:
        return await poll(self._has_ended, timeout_s)

    async def _has_ended(self) -> bool:
        return not self.running()


async def poll(condition: Callable[[], Awaitable[bool]], timeout_s: float) -> bool:
    """Whether ``condition`` came true within ``timeout_s``, asked at growing intervals."""
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
    """Start the process without waiting for it to serve; call it from a thread that lives on.

    A process that is not ``detached`` gets its stop signal when the calling thread ends,
    whatever ends it, so it never outlives a killed test run.
    """
    parent = os.getpid()

    def die_with_parent() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(spec.stop_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

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
            # Runs after the change of uid, which would undo the setting.
            preexec_fn=None if detached else die_with_parent,
        )
    ticks = start_ticks(child.pid)
    return ManagedProcess(spec=spec, pid=child.pid, ticks=ticks or 0, _child=child)


async def start(spec: ProcessSpec, *, detached: bool = False) -> ManagedProcess:
    """Start the process and return when it serves.

    Raises:
        ProcessStartError: its port is taken, it ended first, or it was not ready within
            ``spec.start_timeout_s`` (then it is stopped).
    """
    # Another server on the port would answer the question whether this one is ready, and some
    # servers even share a port without complaint.
    if not is_free(spec.port):
        raise ProcessStartError(
            f"{spec.name} cannot start: port {spec.port} on 127.0.0.1 is taken by another process."
        )
    process = spawn(spec, detached=detached)
    try:
        async with asyncio.timeout(spec.start_timeout_s + 5):
            if await poll(lambda: _ended_or_ready(process), spec.start_timeout_s):
                if process.running():
                    return process
                raise ProcessStartError(
                    f"{spec.name} ended with status {process.exit_code} before it served."
                    f" Its log ({spec.log_file}) ends:\n{log_tail(spec.log_file)}"
                )
            raise ProcessStartError(
                f"{spec.name} did not serve within {spec.start_timeout_s:.0f} s."
                f" Its log ({spec.log_file}) ends:\n{log_tail(spec.log_file)}"
            )
    except BaseException:
        await process.stop()
        raise


async def start_all(
    specs: Iterable[ProcessSpec], *, detached: bool = False
) -> list[ManagedProcess]:
    """Start several at once; when one fails, the others are stopped.

    Raises:
        ProcessStartError: as ``start``, of the first that failed.
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


def log_tail(log_file: Path) -> str:
    """The last lines of a log, for an error message."""
    with suppress(OSError), log_file.open("rb") as log:
        log.seek(0, os.SEEK_END)
        log.seek(max(log.tell() - LOG_TAIL_BYTES, 0))
        return log.read().decode(errors="replace")
    return "(no log)"

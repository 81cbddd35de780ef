"""Processes that perform local calls and are kept for the next call."""

import asyncio
import contextlib
import os
import random
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from captionacc_calls.serving import READY
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_observability.logging import get_logger
from captionacc_observability.process_identity import ProcessIdentity, identify, is_alive

from captionacc_flow_worker.compute.replacement_pauses import ReplacementPauses

log = get_logger(__name__)

# Set by hand: at most a tenth of the weight of other processes, so that people and servers do not
# wait. One process has seven times the weight of each other (sched(7)), so that of many videos one
# is done early. The others share what it leaves, and at least an eighth of a busy core.
_FOREMOST_NICENESS, _NICENESS = 10, 19


class WarmLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How many idle processes are kept, and for how many seconds."""

    kept: int = 1
    idle_s: float = 300.0


class ComputeProcess:
    """A process that performs one call at a time, and our end of its socket.

    The process ends when it is idle and we close our end, or when we die.
    """

    def __init__(self, child: subprocess.Popen[bytes], ours: socket.socket, niceness: int) -> None:
        ours.setblocking(False)
        self.child = child
        self.niceness = niceness
        self.socket = ours
        self.call_id: str | None = None
        self.calls = 0
        """How many calls the process got."""
        self.ready = False
        """Whether the process has reported that it has started."""
        # The identity of a process that has ended already matches no process.
        self.identity = identify(child.pid) or ProcessIdentity(pid=child.pid, started="")

    def send(self, directory: Path, running: int) -> bool:
        """Send the call in ``directory`` with its lock; false when the process has ended."""
        try:
            socket.send_fds(self.socket, [os.fsencode(directory)], [running])
        except OSError:
            return False
        return True


class WarmProcesses:
    """Starts processes for calls, and keeps idle ones for later calls.

    :meth:`start`, :meth:`take` and :meth:`give` may be called in any thread. The rest belongs to
    the event loop.

    Args:
        directory: Working folder of idle processes.
        command: The program, which serves calls on the socket that is its standard input.
        environment: All environment variables of the program.
        limits: How many idle processes are kept.
    """

    def __init__(
        self,
        directory: Path,
        command: Sequence[str],
        environment: Mapping[str, str],
        limits: WarmLimits,
    ) -> None:
        self._directory = directory
        self._nice = shutil.which("nice")
        self._command = command
        self._environment = dict(environment)
        self._limits = limits
        self._lock = threading.Lock()
        self._idle: list[ComputeProcess] = []
        self._unwatched: list[ComputeProcess] = []
        self._watched: set[ComputeProcess] = set()
        self._ended: dict[str, asyncio.Event] = {}
        self._leaving: list[subprocess.Popen[bytes]] = []
        self._pauses = ReplacementPauses()
        self._replacing: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start a process that waits for a call, unless enough of them wait."""
        with self._lock:
            if len(self._idle) >= self._limits.kept:
                return
        process = self._started()
        with self._lock:
            self._idle.append(process)
            self._unwatched.append(process)

    def take(self) -> ComputeProcess:
        """An idle process, or a new one.

        Raises:
            TransientError: ``compute_lost``; the program cannot be started.
        """
        with self._lock:
            # One that still loads its libraries is further than a new one. The latest one has most
            # of its memory at hand.
            idle = [process for process in self._idle if process.ready] or self._idle
            if idle:
                process = min(reversed(idle), key=lambda process: process.niceness)
                self._idle.remove(process)
                return process
        process = self._started()
        with self._lock:
            self._unwatched.append(process)
        return process

    def give(self, process: ComputeProcess, call_id: str, directory: Path, running: int) -> bool:
        """Let the process perform the call; false when the process has ended."""
        with self._lock:
            process.call_id = call_id
            process.calls += 1
            self._ended[call_id] = asyncio.Event()
        if process.send(directory, running):
            return True
        with self._lock:
            process.call_id = None
            # The loop may have heard of the end of the process before we did.
            self._ended.pop(call_id, None)
        return False

    async def wait(self, call_id: str, *, unless_ours_s: float, longest_s: float) -> None:
        """Return when the process of the call reports that it has ended, or when time is up.

        Args:
            call_id: The call.
            unless_ours_s: The time for a call whose process another worker started.
            longest_s: The time for a call whose process we started.
        """
        self.watch()
        ended = self._ended.get(call_id)
        if ended is None:
            await asyncio.sleep(unless_ours_s)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest_s):
                await ended.wait()

    def watch(self) -> None:
        """Listen to the processes that were started since the last time."""
        loop = asyncio.get_running_loop()
        with self._lock:
            fresh, self._unwatched = self._unwatched, []
            self._watched.update(fresh)
        for process in fresh:
            loop.add_reader(process.socket, self._heard, process)

    def reap(self) -> None:
        """Take the exit status of processes that have ended."""
        with self._lock:
            self._leaving = [child for child in self._leaving if child.poll() is None]

    def has_ended(self, process: ProcessIdentity) -> bool:
        """Whether the process has ended; takes its exit status if it is a child of ours."""
        self.reap()
        with self._lock:
            # We may not have heard yet that the process has closed its socket.
            ours = [
                *(known.child for known in (*self._watched, *self._unwatched)),
                *self._leaving,
            ]
            for child in ours:
                if child.pid == process.pid:
                    # The kernel keeps a process until its last thread has ended.
                    return child.poll() is not None
        return not is_alive(process)

    async def close(self) -> None:
        """Let go of all processes: idle ones end, and the others end after their call."""
        for task in self._replacing:
            task.cancel()
        self.watch()
        for process in [*self._watched]:
            self._let_go(process)
        self.reap()

    def _started(self) -> ComputeProcess:
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            niceness = self._free_niceness()
            with theirs:
                return ComputeProcess(self._popen(theirs, niceness), ours, niceness)
        except OSError as error:
            raise TransientError(
                ErrorCode.COMPUTE_LOST,
                f"The local compute process cannot be started ({error.strerror}); "
                "check that the program of COMPUTE_COMMAND is installed, and that "
                "COMPUTE_DIRECTORY can be written.",
            ) from error

    def _free_niceness(self) -> int:
        with self._lock:
            taken = {process.niceness for process in (*self._watched, *self._unwatched)}
        return _NICENESS if _FOREMOST_NICENESS in taken else _FOREMOST_NICENESS

    def _popen(self, stdin: socket.socket, niceness: int) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [*([self._nice, "-n", str(niceness)] if self._nice else []), *self._command],
            env=self._environment,
            cwd=self._directory,
            stdin=stdin.fileno(),
            start_new_session=True,
        )
        # Desktop kernels share the processors out among sessions first, and the niceness of a
        # process counts only inside of its session ("autogroup" in sched(7)).
        with contextlib.suppress(OSError):
            Path(f"/proc/{child.pid}/autogroup").write_text(str(niceness))
        return child

    def _heard(self, process: ComputeProcess) -> None:
        try:
            word = process.socket.recv(len(READY))
        except BlockingIOError:
            return
        except OSError:
            word = b""
        if word and not process.ready:
            self._began(process)
            return
        with self._lock:
            call_id, process.call_id = process.call_id, None
            ended = None if call_id is None else self._ended.pop(call_id, None)
        if ended is not None:
            ended.set()
        if word:
            self._keep(process)
            return
        self._let_go(process)
        if process.ready:
            self._replace(was_idle=call_id is None)

    def _began(self, process: ComputeProcess) -> None:
        """The process has started. It is among the idle ones, or it is taken for a call."""
        with self._lock:
            process.ready = True
            idle = process in self._idle
        if idle:
            self._end_later(process)

    def _keep(self, process: ComputeProcess) -> None:
        """Keep the process, whose call has ended, unless enough others are idle."""
        # From the moment in which it is among the idle ones, another thread may take it.
        with self._lock:
            kept = len(self._idle) < self._limits.kept
            if kept:
                self._idle.append(process)
        if kept:
            self._end_later(process)
        else:
            self._let_go(process)

    def _end_later(self, process: ComputeProcess) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(self._limits.idle_s, self._end_if_idle_since, process, process.calls)

    def _end_if_idle_since(self, process: ComputeProcess, calls: int) -> None:
        with self._lock:
            idle = process in self._idle and process.calls == calls
            if idle:
                self._idle.remove(process)
        if idle:
            self._let_go(process)

    def _let_go(self, process: ComputeProcess) -> None:
        if process not in self._watched:
            return
        asyncio.get_running_loop().remove_reader(process.socket)
        process.socket.close()
        with self._lock:
            self._watched.discard(process)
            if process in self._idle:
                self._idle.remove(process)
            self._leaving.append(process.child)
        self.reap()

    def _replace(self, *, was_idle: bool) -> None:
        """Start a process in place of one that ended, so that the next call need not wait.

        A process ends with its call for good reasons. One that waited was killed, and so may be its
        replacement.
        """
        jitter = random.random()  # noqa: S311  spreads starts; guards nothing
        pause_s = self._pauses.next_s(time.monotonic(), jitter) if was_idle else 0.0
        task = asyncio.create_task(self._start_after(pause_s))
        self._replacing.add(task)
        task.add_done_callback(self._replacing.discard)

    async def _start_after(self, pause_s: float) -> None:
        await asyncio.sleep(pause_s)
        try:
            await asyncio.to_thread(self.start)
        except TransientError as error:
            log.warning("compute_process_not_replaced", error=str(error))
        self.watch()

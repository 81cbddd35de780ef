"""Compute calls as processes of this machine that outlive the worker."""

import asyncio
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.work.compute import (
    ComputeCall,
    ComputeRequest,
    ComputeResult,
    digest_of,
    function_of,
    owner_of,
)
from captionacc_observability.logging import get_logger
from captionacc_observability.process_identity import signal_group

from captionacc_flow_worker.compute.call_directory import (
    CallDirectory,
    CallError,
    StartedCall,
)
from captionacc_flow_worker.compute.ports import IsOurs, RunningCall, always_ours, not_ours
from captionacc_flow_worker.compute.warm_processes import WarmLimits, WarmProcesses

# The pauses between two looks at a call that an earlier worker started.
_POLL_S = (0.02, 0.25)
# A process that we started reports the end of its call. We look all the same: at the deadline, and
# because another worker may have stopped the call.
_LOOK_S = 2.0
_KILL_AFTER_S = 5.0
# A look at the lock of a call holds the lock for some microseconds.
_LOOKS_LAST_S = 0.3
# Work that could not be stored stays for longer than any outage that somebody is at work on.
_KEPT_WORK_S = 14 * 86400.0
# Frames, chunks and databases of a video of an hour have some hundred MB. A call that needs more
# than this fails for lack of room, and its attempt counts.
_ROOM_BYTES = 256 * 1024 * 1024


log = get_logger(__name__)


class LocalCompute:
    """Implements the ports ``Compute`` and ``LocalCalls``.

    Its processes run in sessions of their own and with a low priority, and perform one call after
    the other. A call goes on when the worker dies. Equal requests on this machine share one call,
    even if the process that starts the call is killed at any moment. Machines share nothing.

    Args:
        directory: Holds one directory per digest; must survive a restart of the worker.
        command: The program that performs calls.
        environment: All environment variables of the program.
        limits: How many idle processes are kept for later calls.
    """

    def __init__(
        self,
        *,
        directory: Path,
        command: Sequence[str],
        environment: Mapping[str, str],
        limits: WarmLimits | None = None,
    ) -> None:
        self._directory = directory
        self._program = command[0]
        self._path = environment.get("PATH")
        self._processes = WarmProcesses(directory, command, environment, limits or WarmLimits())

    async def prepare(self) -> None:
        """Start a process, so that the first call need not wait for one."""
        try:
            await asyncio.to_thread(self._processes.start)
        except TransientError as error:
            log.warning("compute_process_not_prepared", error=str(error))
        self._processes.watch()

    async def close(self) -> None:
        """End the idle processes; the others end after their call."""
        await self._processes.close()

    async def submit(self, request: ComputeRequest) -> ComputeCall:
        call = await asyncio.to_thread(self._submit, request)
        self._processes.watch()
        return call

    async def result(
        self, call: ComputeCall, deadline_s: float, *, is_ours: IsOurs = always_ours
    ) -> ComputeResult:
        directory = self._of(call.digest)
        pause_s = _POLL_S[0]
        while True:
            started = directory.call()
            if started is None or started.call_id != call.call_id:
                raise _lost(call)
            # The process is checked before the result: it may write the result between the checks.
            alive = directory.is_running()
            ended = await asyncio.to_thread(self._ended, directory)
            if ended is not None:
                return ended
            if not alive:
                self._processes.reap()
                raise _lost(call)
            if time.monotonic() - started.started_at > deadline_s:
                if not await is_ours():
                    raise not_ours(call)
                await self._stop(directory, started, _overrun(call, deadline_s))
                continue
            await self._processes.wait(call.call_id, unless_ours_s=pause_s, longest_s=_LOOK_S)
            pause_s = min(pause_s * 1.5, _POLL_S[1])

    async def cancel(self, call: ComputeCall) -> None:
        directory = self._of(call.digest)
        started = directory.call()
        if started is not None and started.call_id == call.call_id:
            await self._stop(directory, started, _CANCELLED)

    async def ping(self) -> None:
        """Look whether the program is there and the disk has room."""

        def look() -> None:
            if shutil.which(self._program, path=self._path) is None:
                message = f"The program {self._program} of COMPUTE_COMMAND cannot be executed."
                raise FileNotFoundError(message)
            self._directory.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self._directory).free < _ROOM_BYTES:
                message = f"The disk of {self._directory} is full; make room."
                raise OSError(message)

        await asyncio.to_thread(look)

    async def forget(self, call: ComputeCall) -> None:
        def drop() -> None:
            directory = self._of(call.digest)
            if not directory.path.exists():
                return
            with directory.locked():
                started = directory.call()
                held = started is not None and started.call_id == call.call_id
                if held and not directory.is_running():
                    directory.remove()

        await asyncio.to_thread(drop)

    async def running(self) -> list[RunningCall]:
        return await asyncio.to_thread(lambda: [*self._running()])

    async def forget_old(self, *, older_than_s: float, limit: int) -> int:
        return await asyncio.to_thread(self._forget_old, older_than_s, limit)

    def _of(self, digest: str) -> CallDirectory:
        return CallDirectory(self._directory / digest)

    def _all(self) -> Iterator[CallDirectory]:
        if self._directory.exists():
            for path in self._directory.iterdir():
                if path.is_dir():
                    yield CallDirectory(path)

    def _running(self) -> Iterator[RunningCall]:
        for directory in self._all():
            started, request = directory.call(), directory.request()
            if started is None or request is None or not directory.is_running():
                continue
            _, video_id = owner_of(request)
            yield RunningCall(
                call=ComputeCall(
                    call_id=started.call_id,
                    function=function_of(request),
                    digest=directory.path.name,
                ),
                video_id=video_id,
                age_s=time.monotonic() - started.started_at,
            )

    def _forget_old(self, older_than_s: float, limit: int) -> int:
        removed = 0
        for directory in self._all():
            if removed == limit:
                break
            kept_s = _KEPT_WORK_S if directory.holds_kept_work() else 0.0
            if time.time() - directory.changed_at() < max(older_than_s, kept_s):
                continue
            with directory.locked():
                if not directory.is_running():
                    directory.remove()
                    removed += 1
        return removed

    def _submit(self, request: ComputeRequest) -> ComputeCall:
        digest = digest_of(request)
        directory = self._of(digest)
        with directory.locked():
            held = directory.call()
            if held is None or not self._usable(directory):
                held = self._start(directory, request)
        return ComputeCall(call_id=held.call_id, function=function_of(request), digest=digest)

    def _usable(self, directory: CallDirectory) -> bool:
        if directory.error() is not None:
            return False
        try:
            return directory.result() is not None or directory.is_running()
        except TransientError:
            return False

    def _start(self, directory: CallDirectory, request: ComputeRequest) -> StartedCall:
        running = self._alone(directory)
        try:
            directory.begin(request)
            while True:
                process = self._processes.take()
                call = StartedCall(
                    call_id=f"local-{uuid4()}",
                    started_at=time.monotonic(),
                    process=process.identity,
                )
                directory.record(call)
                if self._processes.give(process, call.call_id, directory.path, running):
                    return call
                if not process.ready:
                    raise TransientError(
                        ErrorCode.COMPUTE_LOST,
                        "The local compute process ended at once; see its output in the log of "
                        "the worker.",
                    )
        finally:
            # The process has the lock too; from here on only the process holds it.
            os.close(running)

    def _alone(self, directory: CallDirectory) -> int:
        """Take the ``running`` lock; kills what is left of an earlier call."""
        earlier = directory.call()
        began = time.monotonic()
        while True:
            running = directory.take_running()
            if running is not None:
                return running
            waited_s = time.monotonic() - began
            if waited_s > _KILL_AFTER_S:
                raise TransientError(
                    ErrorCode.COMPUTE_LOST,
                    f"An earlier call of {directory.path} does not end; end its process.",
                )
            if waited_s > _LOOKS_LAST_S and earlier is not None:
                signal_group(earlier.process, signal.SIGKILL)
            threading.Event().wait(_POLL_S[0])

    def _ended(self, directory: CallDirectory) -> ComputeResult | None:
        result = directory.result()
        if result is not None:
            return result
        error = directory.error()
        if error is not None:
            raise error.to_exception()
        return None

    async def _stop(
        self, directory: CallDirectory, started: StartedCall, reason: CallError
    ) -> None:
        # The reason is written before the process ends, so that no reader takes the call for lost.
        await asyncio.to_thread(directory.fail, reason)
        if not await asyncio.to_thread(_ask_to_end, directory, started):
            return
        until = time.monotonic() + _KILL_AFTER_S
        while time.monotonic() < until:
            if self._processes.has_ended(started.process):
                return
            await asyncio.sleep(0.05)
        # The process was asked to end during this call, so it has begun no other.
        signal_group(started.process, signal.SIGKILL)
        self._processes.reap()


def _ask_to_end(directory: CallDirectory, started: StartedCall) -> bool:
    """Send SIGTERM to the process of the call; false when it does not perform the call any more."""
    if not directory.path.exists():
        return False
    with directory.locked():
        now = directory.call()
        if now is None or now.call_id != started.call_id or not directory.is_running():
            return False
        signal_group(started.process, signal.SIGTERM)
        return True


_CANCELLED = CallError(
    family="permanent", code=ErrorCode.COMPUTE_CANCELLED, message="The call was cancelled."
)


def _overrun(call: ComputeCall, deadline_s: float) -> CallError:
    return CallError(
        family="transient",
        code=ErrorCode.COMPUTE_TIMEOUT,
        message=f"{call.function} did not finish within {deadline_s:g} s and was stopped.",
    )


def _lost(call: ComputeCall) -> TransientError:
    return TransientError(
        ErrorCode.COMPUTE_LOST, f"The call of {call.function} ended without a result."
    )

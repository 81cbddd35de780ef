"""Compute calls as processes of this machine that outlive the worker."""

import asyncio
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import msgspec
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.work.compute import (
    ComputeCall,
    ComputeRequest,
    ComputeResult,
    digest_of,
    function_of,
    owner_of,
)
from captionacc_observability.process_identity import (
    identify,
    is_alive,
    signal_group,
    signal_group_of,
)

from captionacc_flow_worker.compute.call_directory import (
    CallDirectory,
    CallError,
    StartedCall,
)
from captionacc_flow_worker.compute.ports import IsOurs, RunningCall, always_ours, not_ours

_POLL_S = (0.02, 0.25)
_KILL_AFTER_S = 5.0
_PID_WITHIN_S = 5.0
# Work that could not be stored stays for longer than any outage that somebody is at work on.
_KEPT_WORK_S = 14 * 86400.0
# Frames, chunks and databases of a video of an hour have some hundred MB. A call that needs more
# than this fails for lack of room, and its attempt counts.
_ROOM_BYTES = 256 * 1024 * 1024
# The process writes its own pid, so that the pid is known even if the starter dies at this moment.
_TELL_PID = ("/bin/sh", "-c", 'echo $$ >"$0.partial" && mv "$0.partial" "$0" && exec "$@"')


class LocalCompute:
    """Implements the ports ``Compute`` and ``LocalCalls``.

    It starts ``command DIRECTORY`` per call, in a session of its own and with a low priority. Equal
    requests on this machine share one call, even if the process that starts the call is killed at
    any moment. Machines share nothing.

    Args:
        directory: Holds one directory per digest; must survive a restart of the worker.
        command: The program that runs a call.
        environment: All environment variables of the program.
    """

    def __init__(
        self, *, directory: Path, command: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self._directory = directory
        self._program = command[0]
        nice = shutil.which("nice")
        self._command = [*([nice, "-n", "10"] if nice else []), *command]
        self._environment = dict(environment)
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    async def submit(self, request: ComputeRequest) -> ComputeCall:
        return await asyncio.to_thread(self._submit, request)

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
            alive = _lives(directory, started)
            ended = await asyncio.to_thread(self._ended, directory)
            if ended is not None:
                self._reap(call.call_id)
                return ended
            if not alive:
                self._reap(call.call_id)
                raise _lost(call)
            if time.monotonic() - started.started_at > deadline_s:
                if not await is_ours():
                    raise not_ours(call)
                await self._stop(directory, started, _overrun(call, deadline_s))
                continue
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _POLL_S[1])

    async def cancel(self, call: ComputeCall) -> None:
        directory = self._of(call.digest)
        started = directory.call()
        if started is not None and started.call_id == call.call_id:
            await self._stop(directory, started, _CANCELLED)

    async def ping(self) -> None:
        """Look whether the program is there and the disk has room."""

        def look() -> None:
            if shutil.which(self._program, path=self._environment.get("PATH")) is None:
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
                if held and started is not None and not _lives(directory, started):
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
            if started is None or request is None or not _lives(directory, started):
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
            held = self._held(directory)
            if held is None or not self._usable(directory, held):
                held = self._start(directory, request)
        return ComputeCall(call_id=held.call_id, function=function_of(request), digest=digest)

    def _held(self, directory: CallDirectory) -> StartedCall | None:
        """The call in the directory, with its process.

        If the call's starter was killed before it saved the process, this saves it.
        """
        held = directory.call()
        if held is None or held.process is not None:
            return held
        until = time.monotonic() + _PID_WITHIN_S
        while directory.is_running() and time.monotonic() < until:
            pid = directory.pid()
            process = None if pid is None else identify(pid)
            if process is not None:
                held = msgspec.structs.replace(held, process=process)
                directory.record(held)
                return held
            threading.Event().wait(_POLL_S[0])
        return held

    def _usable(self, directory: CallDirectory, held: StartedCall) -> bool:
        if directory.error() is not None:
            return False
        try:
            return directory.result() is not None or _lives(directory, held)
        except TransientError:
            return False

    def _start(self, directory: CallDirectory, request: ComputeRequest) -> StartedCall:
        running = self._alone(directory)
        try:
            directory.begin(request)
            call = StartedCall(call_id=f"local-{uuid4()}", started_at=time.monotonic())
            directory.record(call)
            child = self._popen(directory, running)
        finally:
            # The child inherited the lock; from here on only the child holds it.
            os.close(running)
        process = identify(child.pid)
        if process is None:
            code = child.wait()
            if directory.result() is None and directory.error() is None:
                raise TransientError(
                    ErrorCode.COMPUTE_LOST,
                    f"The local compute process ended at once with exit status {code}; see its "
                    f"output in {directory.log}.",
                )
        call = msgspec.structs.replace(call, process=process)
        directory.record(call)
        self._children[call.call_id] = child
        return call

    def _alone(self, directory: CallDirectory) -> int:
        """Take the ``running`` lock; kills what is left of an earlier call."""
        pid = directory.pid()
        until = time.monotonic() + _KILL_AFTER_S
        while True:
            running = directory.take_running()
            if running is not None:
                return running
            if time.monotonic() > until:
                raise TransientError(
                    ErrorCode.COMPUTE_LOST,
                    f"An earlier call of {directory.path} does not end; end its process.",
                )
            if pid is not None:
                # Members of the group hold the lock, so no other group can have this number.
                signal_group_of(pid, signal.SIGKILL)
            threading.Event().wait(_POLL_S[0])

    def _popen(self, directory: CallDirectory, running: int) -> subprocess.Popen[bytes]:
        with directory.log.open("ab") as log:
            try:
                return subprocess.Popen(
                    [*_TELL_PID, str(directory.pid_file), *self._command, str(directory.path)],
                    env=self._environment,
                    cwd=directory.path,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[running],
                    start_new_session=True,
                )
            except OSError as error:
                raise TransientError(
                    ErrorCode.COMPUTE_LOST,
                    f"The local compute process cannot be started ({error.strerror}); "
                    "check that the program of COMPUTE_COMMAND is installed.",
                ) from error

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
        if started.process is None:
            return
        signal_group(started.process, signal.SIGTERM)
        until = time.monotonic() + _KILL_AFTER_S
        while is_alive(started.process) and time.monotonic() < until:
            self._reap(started.call_id)
            await asyncio.sleep(0.05)
        signal_group(started.process, signal.SIGKILL)
        self._reap(started.call_id)

    def _reap(self, call_id: str) -> None:
        child = self._children.get(call_id)
        if child is not None and child.poll() is not None:
            del self._children[call_id]


def _lives(directory: CallDirectory, started: StartedCall) -> bool:
    return directory.is_running() if started.process is None else is_alive(started.process)


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

"""Compute calls as processes of this machine that outlive the worker."""

import asyncio
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from captionacc_contracts.compute import (
    ComputeCall,
    ComputeRequest,
    ComputeResult,
    digest_of,
    function_of,
)
from captionacc_contracts.errors import ErrorCode, TransientError

from captionacc_flow_worker.adapters.call_directory import CallDirectory, CallError, StartedCall
from captionacc_flow_worker.adapters.process_identity import identify, is_alive, signal_group

_POLL_S = (0.02, 0.25)
_KILL_AFTER_S = 5.0


class LocalCompute:
    """Starts ``command DIRECTORY`` for each call, in a session of its own and with a low priority.

    Holds to the ``Compute`` port. ``environment`` is all that the process sees; ``directory`` holds
    one directory per digest and must survive a restart of the worker.
    """

    def __init__(
        self, *, directory: Path, command: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self._directory = directory
        nice = shutil.which("nice")
        self._command = [*([nice, "-n", "10"] if nice else []), *command]
        self._environment = dict(environment)
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    async def submit(self, request: ComputeRequest) -> ComputeCall:
        return await asyncio.to_thread(self._submit, request)

    async def result(self, call: ComputeCall, deadline_s: float) -> ComputeResult:
        directory = self._of(call.digest)
        pause_s = _POLL_S[0]
        while True:
            started = directory.call()
            if started is None or started.call_id != call.call_id:
                raise _lost(call)
            # The process is looked at first: it may write its result between the two looks.
            alive = is_alive(started.process)
            ended = await asyncio.to_thread(self._ended, directory)
            if ended is not None:
                self._reap(call.call_id)
                return ended
            if not alive:
                self._reap(call.call_id)
                raise _lost(call)
            if time.time() - started.started_at > deadline_s:
                await self._stop(directory, started, _overrun(call, deadline_s))
                continue
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _POLL_S[1])

    async def cancel(self, call: ComputeCall) -> None:
        directory = self._of(call.digest)
        started = directory.call()
        if started is not None and started.call_id == call.call_id:
            await self._stop(directory, started, _CANCELLED)

    async def forget(self, call: ComputeCall) -> None:
        def drop() -> None:
            directory = self._of(call.digest)
            if not directory.path.exists():
                return
            with directory.locked():
                started = directory.call()
                held = started is not None and started.call_id == call.call_id
                if held and started is not None and not is_alive(started.process):
                    directory.remove()

        await asyncio.to_thread(drop)

    def _of(self, digest: str) -> CallDirectory:
        return CallDirectory(self._directory / digest)

    def _submit(self, request: ComputeRequest) -> ComputeCall:
        digest = digest_of(request)
        directory = self._of(digest)
        with directory.locked():
            held = directory.call()
            if held is None or not self._usable(directory, held):
                held = self._start(directory, request)
        return ComputeCall(call_id=held.call_id, function=function_of(request), digest=digest)

    def _usable(self, directory: CallDirectory, held: StartedCall) -> bool:
        if directory.error() is not None:
            return False
        try:
            return directory.result() is not None or is_alive(held.process)
        except TransientError:
            return False

    def _start(self, directory: CallDirectory, request: ComputeRequest) -> StartedCall:
        directory.begin(request)
        with directory.log.open("ab") as log:
            try:
                child = subprocess.Popen(
                    [*self._command, str(directory.path)],
                    env=self._environment,
                    cwd=directory.path,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            except OSError as error:
                raise TransientError(
                    ErrorCode.COMPUTE_LOST,
                    f"The local compute process cannot be started: {error.strerror}. "
                    "See whether its command is installed.",
                ) from error
        process = identify(child.pid)
        if process is None:
            code = child.wait()
            raise TransientError(
                ErrorCode.COMPUTE_LOST,
                f"The local compute process ended at once with exit status {code}; see its output.",
            )
        call = StartedCall(call_id=f"local-{uuid4()}", started_at=time.time(), process=process)
        directory.record(call)
        self._children[call.call_id] = child
        return call

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
        # The reason is there before the process is gone, so that nobody takes it for lost.
        await asyncio.to_thread(directory.fail, reason)
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

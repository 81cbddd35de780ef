"""The directory of one local call: the files in it, and how they are read and written."""

import contextlib
import fcntl
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    PermanentError,
    TransientError,
)
from captionacc_contracts.work.compute import ComputeRequest, ComputeResult, Measured
from captionacc_contracts.work.failed_usage import note_usage
from captionacc_observability.process_identity import ProcessIdentity

# A worker holds ``lock`` while it starts or kills a process, which takes seconds on a busy machine.
# A worker that freezes meanwhile holds it until it goes on.
_LOCKED_WITHIN_S = 20.0
_LOOK_AT_LOCK_S = 0.02


class StartedCall(msgspec.Struct, frozen=True, kw_only=True):
    """``call.json``: which call this directory holds.

    The file is written before ``process`` gets the call, so the process of a running call is always
    known. After the call, the process may perform other calls.

    ``started_at`` is a time of the monotonic clock, which all processes of the machine share. A
    wall clock may jump by more than a deadline. The monotonic clock starts over with the machine,
    but no call outlives that.
    """

    call_id: str
    started_at: float
    process: ProcessIdentity


class CallError(msgspec.Struct, frozen=True, kw_only=True):
    """``error.json``, which the called process writes."""

    family: Literal["transient", "permanent"]
    code: ErrorCode
    message: str
    measured: Measured | None = None

    def to_exception(self) -> CaptionAccError:
        kind = TransientError if self.family == "transient" else PermanentError
        error = kind(self.code, self.message)
        if self.measured is not None:
            note_usage(error, self.measured)
        return error


class CallDirectory:
    """Files of one call: request, call, result or error, and the process's output.

    There are two locks. A worker holds ``lock`` for the moments in which it starts, stops or
    removes the call. The call's process holds ``running`` while it performs the call, and gives it
    up only under ``lock``. So a worker that holds ``lock`` and sees that the call runs can signal
    the process: the process cannot have begun another call.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "output.log"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the directory against other processes of this machine; makes a missing directory.

        Raises:
            TransientError: ``compute_unreachable``; another process keeps the lock.
        """
        until = time.monotonic() + _LOCKED_WITHIN_S
        while True:
            self.path.mkdir(parents=True, exist_ok=True)
            try:
                lock = (self.path / "lock").open("w")
            except FileNotFoundError:
                continue
            with lock:
                if _taken(lock.fileno()):
                    if self._is_in_place(lock.fileno()):
                        yield
                        return
                    continue
            if time.monotonic() > until:
                raise TransientError(
                    ErrorCode.COMPUTE_UNREACHABLE,
                    f"Another process does not let go of {lock.name}; end it if it is frozen.",
                )
            threading.Event().wait(_LOOK_AT_LOCK_S)

    def _is_in_place(self, descriptor: int) -> bool:
        """Whether the directory is still the one whose lock was opened, not removed since."""
        try:
            return os.path.samestat(os.fstat(descriptor), (self.path / "lock").stat())
        except FileNotFoundError:
            return False

    def take_running(self) -> int | None:
        """The ``running`` lock, for the call's process; ``None`` if a process has it.

        The lock is held while any process has the file open or the file is on its way to one. So a
        running call is always seen, even if the worker that starts it is killed at any moment.
        """
        descriptor = os.open(self.path / "running", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if _taken(descriptor):
            return descriptor
        os.close(descriptor)
        return None

    def is_running(self) -> bool:
        """Whether a process performs this call; false if the directory was removed."""
        try:
            descriptor = self.take_running()
        except FileNotFoundError:
            return False
        if descriptor is None:
            return True
        os.close(descriptor)
        return False

    def request(self) -> ComputeRequest | None:
        with contextlib.suppress(msgspec.MsgspecError):
            request: ComputeRequest | None = self._decoded("request.json", ComputeRequest)
            return request
        return None

    def call(self) -> StartedCall | None:
        """The call in this directory; ``None`` if there is none or its file cannot be read."""
        with contextlib.suppress(msgspec.MsgspecError):
            call: StartedCall | None = self._decoded("call.json", StartedCall)
            return call
        return None

    def result(self) -> ComputeResult | None:
        """The call's result; ``None`` if there is none yet.

        Raises:
            TransientError: ``result_incomplete`` when the result cannot be read.
        """
        try:
            result: ComputeResult | None = self._decoded("result.json", ComputeResult)
        except msgspec.MsgspecError as error:
            raise TransientError(
                ErrorCode.RESULT_INCOMPLETE, "The result of a local call cannot be read."
            ) from error
        return result

    def error(self) -> CallError | None:
        """The error that ended the call; ``None`` if there is none."""
        try:
            error: CallError | None = self._decoded("error.json", CallError)
        except msgspec.MsgspecError:
            return CallError(
                family="transient",
                code=ErrorCode.RESULT_INCOMPLETE,
                message="The error of a local call cannot be read.",
            )
        return error

    def begin(self, request: ComputeRequest) -> None:
        """Remove how an earlier call ended and write the request; work that it kept stays."""
        for name in ("call.json", "result.json", "error.json"):
            (self.path / name).unlink(missing_ok=True)
        self._write("request.json", msgspec.json.encode(request))

    def record(self, call: StartedCall) -> None:
        self._write("call.json", msgspec.json.encode(call))

    def fail(self, error: CallError) -> None:
        """Write ``error`` unless the call has already ended."""
        if self._read("result.json") is None and self._read("error.json") is None:
            self._write("error.json", msgspec.json.encode(error))

    def holds_kept_work(self) -> bool:
        """Whether the call's process left complete work here that the store does not have yet."""
        return (self.path / "outbox" / "complete.json").exists()

    def changed_at(self) -> float:
        """Seconds since the epoch. Writing a file changes the time of its directory."""
        try:
            return self.path.stat().st_mtime
        except FileNotFoundError:
            return time.time()

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def _decoded(self, name: str, kind: Any) -> Any:
        """The file's content as a ``kind``, which may be a union; ``None`` if it is missing."""
        body = self._read(name)
        return None if body is None else msgspec.json.decode(body, type=kind)

    def _read(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def _write(self, name: str, body: bytes) -> None:
        partial = self.path / f"{name}.partial"
        partial.write_bytes(body)
        partial.replace(self.path / name)


def _taken(descriptor: int) -> bool:
    """Lock the open file; false when another process holds its lock."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

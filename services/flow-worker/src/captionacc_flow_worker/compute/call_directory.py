"""The directory of one local call: what its files mean, and how they are written."""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    PermanentError,
    TransientError,
)
from captionacc_contracts.work.compute import ComputeRequest, ComputeResult
from captionacc_observability.process_identity import ProcessIdentity


class StartedCall(msgspec.Struct, frozen=True, kw_only=True):
    """``call.json``: which call this directory holds.

    ``started_at`` is by the machine's monotonic clock, which its processes share: a wall clock may
    jump by more than a deadline, and no call outlives the machine's start that it counts from.
    It is written before the process starts, and again with the ``process`` after that.
    """

    call_id: str
    started_at: float
    process: ProcessIdentity | None = None


class CallError(msgspec.Struct, frozen=True, kw_only=True):
    """``error.json``, as the called process writes it."""

    family: Literal["transient", "permanent"]
    code: ErrorCode
    message: str

    def to_exception(self) -> CaptionAccError:
        kind = TransientError if self.family == "transient" else PermanentError
        return kind(self.code, self.message)


class CallDirectory:
    """Files of one call: request, call, result or error, and the process's output.

    Two locks: ``lock`` is held for moments by whoever starts or removes the call, ``running`` by
    the call's process and its children for as long as they live.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "output.log"
        self.pid_file = path / "pid"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the directory against other processes of this machine; makes it when missing."""
        while True:
            self.path.mkdir(parents=True, exist_ok=True)
            try:
                lock = (self.path / "lock").open("w")
            except FileNotFoundError:
                continue
            with lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if self._is_in_place(lock.fileno()):
                    yield
                    return

    def _is_in_place(self, descriptor: int) -> bool:
        """Whether the directory was not removed while its lock was waited for."""
        try:
            return os.path.samestat(os.fstat(descriptor), (self.path / "lock").stat())
        except FileNotFoundError:
            return False

    def take_running(self) -> int | None:
        """The open ``running`` lock, for the process to inherit; ``None`` while one still runs.

        The lock goes with the last process that has it open, so there is no moment in which a call
        runs unseen, whenever the one that started it is killed.
        """
        descriptor = os.open(self.path / "running", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def is_running(self) -> bool:
        """Whether a process of this call lives; false when the directory is gone."""
        try:
            descriptor = self.take_running()
        except FileNotFoundError:
            return False
        if descriptor is None:
            return True
        os.close(descriptor)
        return False

    def pid(self) -> int | None:
        """What the process wrote itself as its first act."""
        body = self._read("pid")
        return None if body is None else int(body)

    def request(self) -> ComputeRequest | None:
        body = self._read("request.json")
        if body is None:
            return None
        try:
            request: ComputeRequest = msgspec.json.decode(body, type=ComputeRequest)
        except msgspec.MsgspecError:
            return None
        return request

    def call(self) -> StartedCall | None:
        """The call held here; ``None`` when there is none, or its record is torn."""
        body = self._read("call.json")
        if body is None:
            return None
        try:
            return msgspec.json.decode(body, type=StartedCall)
        except msgspec.MsgspecError:
            return None

    def result(self) -> ComputeResult | None:
        """Raises ``TransientError`` ``result_incomplete`` when it is not readable."""
        body = self._read("result.json")
        if body is None:
            return None
        try:
            result: ComputeResult = msgspec.json.decode(body, type=ComputeResult)
        except msgspec.MsgspecError as error:
            raise TransientError(
                ErrorCode.RESULT_INCOMPLETE, "The result of a local call cannot be read."
            ) from error
        return result

    def error(self) -> CallError | None:
        body = self._read("error.json")
        if body is None:
            return None
        try:
            return msgspec.json.decode(body, type=CallError)
        except msgspec.MsgspecError:
            return CallError(
                family="transient",
                code=ErrorCode.RESULT_INCOMPLETE,
                message="The error of a local call cannot be read.",
            )

    def begin(self, request: ComputeRequest) -> None:
        """Remove what an earlier call left and write the request."""
        for name in ("call.json", "result.json", "error.json", "pid"):
            (self.path / name).unlink(missing_ok=True)
        self._write("request.json", msgspec.json.encode(request))

    def record(self, call: StartedCall) -> None:
        self._write("call.json", msgspec.json.encode(call))

    def fail(self, error: CallError) -> None:
        """Write ``error`` unless the call has already ended."""
        if self._read("result.json") is None and self._read("error.json") is None:
            self._write("error.json", msgspec.json.encode(error))

    def changed_at(self) -> float:
        """Seconds since the epoch; a file that is written changes its directory."""
        try:
            return self.path.stat().st_mtime
        except FileNotFoundError:
            return time.time()

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def _read(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def _write(self, name: str, body: bytes) -> None:
        partial = self.path / f"{name}.partial"
        partial.write_bytes(body)
        partial.replace(self.path / name)

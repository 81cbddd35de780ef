"""The directory of one local call: what its files mean, and how they are written."""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
from captionacc_contracts.compute import ComputeRequest, ComputeResult
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    PermanentError,
    TransientError,
)

from captionacc_flow_worker.adapters.process_identity import ProcessIdentity


class StartedCall(msgspec.Struct, frozen=True, kw_only=True):
    """``call.json``: which call this directory holds; ``started_at`` is seconds since the epoch."""

    call_id: str
    started_at: float
    process: ProcessIdentity


class CallError(msgspec.Struct, frozen=True, kw_only=True):
    """``error.json``, as the called process writes it."""

    family: Literal["transient", "permanent"]
    code: ErrorCode
    message: str

    def to_exception(self) -> CaptionAccError:
        kind = TransientError if self.family == "transient" else PermanentError
        return kind(self.code, self.message)


class CallDirectory:
    """Files of one call: request, call, result or error, and the process's output."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "output.log"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the directory against other processes of this machine; makes it when missing."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

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
        for name in ("result.json", "error.json", "call.json"):
            (self.path / name).unlink(missing_ok=True)
        self._write("request.json", msgspec.json.encode(request))

    def record(self, call: StartedCall) -> None:
        self._write("call.json", msgspec.json.encode(call))

    def fail(self, error: CallError) -> None:
        """Write ``error`` unless the call has already ended."""
        if self._read("result.json") is None and self._read("error.json") is None:
            self._write("error.json", msgspec.json.encode(error))

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

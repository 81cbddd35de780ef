"""Perform calls in a process of this machine.

``captionacc-local-call`` performs the calls that the worker sends, one after the other;
:mod:`captionacc_calls.serving` says how. ``captionacc-local-call DIRECTORY`` performs one call.

A call reads ``request.json`` and writes ``result.json`` or ``error.json``. A reader never sees a
part of a file.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Literal

import msgspec
from captionacc_calls.serving import Worker, serve
from captionacc_contracts.errors import CaptionAccError, ErrorCode, PermanentError, TransientError
from captionacc_contracts.work.compute import ComputeRequest, ComputeResult, Measured, Yielded
from captionacc_contracts.work.failed_usage import usage_of
from captionacc_observability.free_memory import keep_little_free_memory, return_free_memory
from captionacc_observability.logging import configure_logging
from captionacc_observability.settings import load_or_exit
from captionacc_wasabi.opening import open_store

from captionacc_modal import dispatch
from captionacc_modal.outbox import Outbox
from captionacc_modal.process_memory import (
    limit_memory,
    memory_mib,
    restart_peak,
)
from captionacc_modal.settings import ComputeSettings
from captionacc_modal.wiring import ProcessEngines

# The outbox stays when this process ends, so a longer outage is left to the worker, which waits
# without a process.
_PATIENCE_S = 20.0
# A process with more memory than this after a call ends, so that memory that no call needs any more
# goes back to the system. The libraries and both models need about 230 MiB.
_KEPT_MEMORY_MIB = 450.0
USAGE = "usage: captionacc-local-call [DIRECTORY]"


class CallError(msgspec.Struct, frozen=True, kw_only=True):
    """The content of ``error.json``."""

    family: Literal["transient", "permanent"]
    code: ErrorCode
    message: str
    measured: Measured | None = None


def _write(path: Path, content: ComputeResult | CallError) -> None:
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    partial.write_bytes(msgspec.json.encode(content))
    partial.replace(path)


def _read_request(directory: Path) -> ComputeRequest:
    try:
        request: ComputeRequest = msgspec.json.decode(
            (directory / "request.json").read_bytes(), type=ComputeRequest
        )
    except (OSError, msgspec.DecodeError) as error:
        raise PermanentError(
            ErrorCode.INTERNAL, f"request.json is not a compute request: {error}"
        ) from error
    return request


async def _perform(directory: Path, process: "_Process") -> ComputeResult:
    request = _read_request(directory)
    async with open_store(process.settings) as store:
        # The call needs no claim: the worker locks its directory.
        outbox = Outbox(directory / "outbox", patience_s=_PATIENCE_S)
        result = await dispatch.perform(request, store, process.engines, outbox=outbox)
    if isinstance(result, Yielded):
        raise TransientError(
            ErrorCode.COMPUTE_LOST, f"The call {result.call_id} already does this work."
        )
    return result


async def _call(directory: Path, process: "_Process") -> bool:
    """Perform the call in ``directory``; return whether the process may perform another call."""
    task = asyncio.create_task(_perform(directory, process))
    with _stoppable(task) as stop:
        may_go_on = await _written(directory, task)
    # The call may have ended before it was stopped. The worker takes it that this process ends.
    return may_go_on and not stop.asked


@dataclass
class _Stop:
    """Whether the process was asked to end."""

    asked: bool = False


@contextlib.contextmanager
def _stoppable(task: "asyncio.Task[ComputeResult]") -> Iterator[_Stop]:
    """Cancel ``task`` at SIGTERM.

    A cancelled call removes its temporary files. A killed call would leave them behind.
    """
    loop, stop = asyncio.get_running_loop(), _Stop()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.asked = True
        loop.call_soon_threadsafe(task.cancel)

    # A handler of the loop would lose a signal that comes in the last round of the loop.
    earlier = signal.signal(signal.SIGTERM, handle)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, earlier)


async def _written(directory: Path, task: "asyncio.Task[ComputeResult]") -> bool:
    """Write how the call ended; return whether the process is fit for another call."""
    try:
        _write(directory / "result.json", await task)
    except CaptionAccError as error:
        _write(
            directory / "error.json",
            CallError(
                family="transient" if isinstance(error, TransientError) else "permanent",
                code=error.code,
                message=error.message,
                measured=usage_of(error),
            ),
        )
        # After an error that nobody foresaw, nobody knows in what state the process is.
        return error.code is not ErrorCode.INTERNAL
    except asyncio.CancelledError:
        _write(
            directory / "error.json",
            CallError(
                family="transient",
                code=ErrorCode.COMPUTE_CANCELLED,
                message="The call was stopped before it had finished.",
            ),
        )
        return False
    return True


class _Process:
    """What the calls of this process share."""

    def __init__(self, settings: ComputeSettings) -> None:
        self.settings = settings
        self.engines = ProcessEngines(settings)
        self._runner = asyncio.Runner()

    def perform(self, directory: Path) -> bool:
        """Perform the call in ``directory``; return whether the process may perform another."""
        restart_peak()
        fit = self._runner.run(_call(directory, self))
        self.engines.return_memory()
        return_free_memory()
        return fit and memory_mib() < _KEPT_MEMORY_MIB

    def serve(self) -> None:
        """Load what calls need, and perform the calls that the worker sends."""
        worker = Worker()
        for load in (
            dispatch.load_libraries,
            self.engines.load_network,
            self.engines.load_ocr_models,
        ):
            if worker.has_call():
                # The call loads what it needs itself.
                break
            self._runner.run(load())
        serve(worker, self.perform)


def main() -> None:
    """Exit with 2 for wrong usage or settings, else with 0."""
    if len(sys.argv) > 2:
        sys.stderr.write(USAGE + "\n")
        raise SystemExit(2)
    keep_little_free_memory()
    settings = load_or_exit(ComputeSettings)
    configure_logging("local-call", level=settings.log_level)
    limit_memory(settings.compute_memory_limit_mib)
    process = _Process(settings)
    if len(sys.argv) == 2:
        process.perform(Path(sys.argv[1]))
    else:
        process.serve()

"""Perform one call in a process of this machine: ``captionacc-local-call DIRECTORY``.

Reads ``request.json`` and writes ``result.json`` or ``error.json``. A reader never sees a part of
a file.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Literal

import msgspec
from captionacc_contracts.errors import CaptionAccError, ErrorCode, PermanentError, TransientError
from captionacc_contracts.work.compute import ComputeRequest, ComputeResult, Measured, Yielded
from captionacc_contracts.work.failed_usage import usage_of
from captionacc_observability.logging import configure_logging
from captionacc_observability.settings import load_or_exit
from captionacc_wasabi.opening import open_store

from captionacc_modal import dispatch
from captionacc_modal.outbox import Outbox
from captionacc_modal.process_memory import share_free_memory
from captionacc_modal.settings import ComputeSettings
from captionacc_modal.wiring import ProcessEngines

# The outbox stays when this process ends, so a longer outage is left to the worker, which waits
# without a process.
_PATIENCE_S = 20.0
USAGE = "usage: captionacc-local-call DIRECTORY"


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


async def _perform(directory: Path, settings: ComputeSettings) -> ComputeResult:
    request = _read_request(directory)
    async with open_store(settings) as store:
        # The call needs no claim: the worker that starts this process locks its directory.
        outbox = Outbox(directory / "outbox", patience_s=_PATIENCE_S)
        result = await dispatch.perform(request, store, ProcessEngines(settings), outbox=outbox)
    if isinstance(result, Yielded):
        raise TransientError(
            ErrorCode.COMPUTE_LOST, f"The call {result.call_id} already does this work."
        )
    return result


async def _call(directory: Path, settings: ComputeSettings) -> None:
    task = asyncio.create_task(_perform(directory, settings))
    # A cancelled call removes its temporary files. A killed call would leave them behind.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
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
    except asyncio.CancelledError:
        _write(
            directory / "error.json",
            CallError(
                family="transient",
                code=ErrorCode.COMPUTE_CANCELLED,
                message="The call was stopped before it had finished.",
            ),
        )


def main() -> None:
    """Exit with 0 when the call wrote a result or an error, with 2 for wrong usage or settings."""
    if len(sys.argv) != 2:
        sys.stderr.write(USAGE + "\n")
        raise SystemExit(2)
    share_free_memory()
    settings = load_or_exit(ComputeSettings)
    configure_logging("local-call", level=settings.log_level)
    asyncio.run(_call(Path(sys.argv[1]), settings))

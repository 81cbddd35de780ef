"""Perform a compute request of any kind. Modal and local processes both call this module."""

import asyncio
import contextlib
import errno
from functools import partial

import msgspec
from captionacc_contracts.errors import CaptionAccError, ErrorCode, PermanentError, TransientError
from captionacc_contracts.work.compute import (
    CaptionOcrRequest,
    CaptionsOcrRequest,
    ComputeRequest,
    ComputeResult,
    CropInferRequest,
    ExtractRequest,
    Yielded,
    digest_of,
    function_of,
)
from captionacc_contracts.work.failed_usage import note_usage
from captionacc_media.refused_memory import raise_refused_memory
from captionacc_observability import context
from captionacc_observability.logging import get_logger
from captionacc_wasabi.store import ObjectStore

from captionacc_modal import workspace
from captionacc_modal.call_files import CallFiles
from captionacc_modal.measuring import StageClock
from captionacc_modal.outbox import Outbox
from captionacc_modal.stoppable_thread import ReportProgress
from captionacc_modal.wiring import Engines

_log = get_logger(__name__)

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


async def perform(
    request: ComputeRequest,
    store: ObjectStore,
    engines: Engines,
    *,
    outbox: Outbox,
    call_id: str | None = None,
) -> ComputeResult | Yielded:
    """The result of ``request``, from the store when an equal call has left one there.

    Args:
        request: Says what to compute.
        store: Has the inputs and gets the outputs.
        engines: What the work is done with.
        outbox: Keeps the outputs until the store has them.
        call_id: The call that other calls can wait for. With it, only one of several equal calls
            that run at the same time does the work; the others return ``Yielded``.

    Raises:
        CaptionAccError: The only errors that leave this function, each with what the call used. Any
            other exception becomes ``internal`` and is logged with its traceback.
    """
    clock = StageClock()
    try:
        with clock.stage("failed"):
            return await _performed(request, store, engines, outbox, call_id)
    except CaptionAccError as error:
        measured = clock.measured()
        with contextlib.suppress(Exception):
            hardware = await asyncio.to_thread(lambda: engines.hardware)
            measured = msgspec.structs.replace(measured, hardware=hardware)
        note_usage(error, measured)
        raise


async def _performed(
    request: ComputeRequest,
    store: ObjectStore,
    engines: Engines,
    outbox: Outbox,
    call_id: str | None,
) -> ComputeResult | Yielded:
    name = function_of(request)
    with context.bind(function=name, digest=digest_of(request)):
        try:
            work = partial(_sent, request, store, engines, outbox)
            return await workspace.perform(
                request, store, work, call_id=call_id, finish=outbox.finish
            )
        except CaptionAccError as error:
            _log.warning("call_failed", code=error.code, message=error.message)
            raise
        except (OSError, MemoryError) as error:
            _log.exception("call_failed_unforeseen")
            if isinstance(error, OSError) and error.errno in _NO_ROOM:
                # No fault of the video: the worker looks whether the disk is full, and waits.
                raise TransientError(
                    ErrorCode.COMPUTE_LOST, f"The disk has no room for {name}."
                ) from error
            raise TransientError(
                ErrorCode.INTERNAL,
                f"{name} ran out of a resource ({type(error).__name__}).",
            ) from error
        except (Exception, SystemExit) as error:
            _log.exception("call_failed_unforeseen")
            raise PermanentError(
                ErrorCode.INTERNAL,
                f"{name} failed with an unexpected error ({type(error).__name__}). "
                "See the log of the call.",
            ) from error


async def _sent(
    request: ComputeRequest,
    store: ObjectStore,
    engines: Engines,
    outbox: Outbox,
    progress: ReportProgress,
) -> ComputeResult:
    """The result of the work, whose objects are in the store."""

    async def work(files: CallFiles) -> ComputeResult:
        return await _measured(request, files, engines, progress)

    result = await outbox.result(digest_of(request), store, work)
    return await outbox.send(store, result, progress)


async def _measured(
    request: ComputeRequest, store: CallFiles, engines: Engines, progress: ReportProgress
) -> ComputeResult:
    """The result of the work, which also says what hardware the work ran on."""
    try:
        result = await _work(request, store, engines, progress)
    except Exception as error:
        raise_refused_memory(error)
        raise
    # Asking the driver for the kind of GPU starts a process.
    hardware = await asyncio.to_thread(lambda: engines.hardware)
    measured = msgspec.structs.replace(result.measured, hardware=hardware)
    return msgspec.structs.replace(result, measured=measured)


async def load_libraries() -> None:
    """Import what calls of any kind use, so that the first call need not."""
    import captionacc_modal.calls.crop_and_infer_caption_frame_extents
    import captionacc_modal.calls.extract_frames_and_ocr
    import captionacc_modal.calls.generate_caption_ocr  # noqa: F401


async def _work(
    request: ComputeRequest, store: CallFiles, engines: Engines, progress: ReportProgress
) -> ComputeResult:
    # Each case imports its own module, so that a call does not load the libraries of another one.
    threads = engines.threads
    match request:
        case ExtractRequest():
            from captionacc_modal.calls.extract_frames_and_ocr import run as extract

            return await extract(
                request,
                store=store,
                engine=engines.ocr(),
                network=engines.network(),
                progress=progress,
                threads=threads,
            )
        case CropInferRequest():
            from captionacc_modal.calls.crop_and_infer_caption_frame_extents import run as crop

            return await crop(
                request, store=store, network=engines.network(), progress=progress, threads=threads
            )
        case CaptionOcrRequest():
            from captionacc_modal.calls.generate_caption_ocr import run as read

            return await read(request, store=store, engine=engines.ocr(), progress=progress)
        case CaptionsOcrRequest():
            from captionacc_modal.calls.generate_caption_ocr import run_many as read_many

            return await read_many(
                request,
                store=store,
                engine=engines.ocr(),
                installed=await asyncio.to_thread(engines.installed),
                progress=progress,
            )

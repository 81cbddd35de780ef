"""Perform any compute request; every way of being called ends here."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    PermanentError,
    TransientError,
)
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
from captionacc_observability import context
from captionacc_observability.logging import get_logger
from captionacc_wasabi.store import ObjectStore

from captionacc_modal import workspace
from captionacc_modal.stoppable_thread import ReportProgress
from captionacc_modal.wiring import Engines

_log = get_logger(__name__)


async def perform(
    request: ComputeRequest, store: ObjectStore, engines: Engines, *, call_id: str | None = None
) -> ComputeResult | Yielded:
    """The result of ``request``, from the store when an equal call has left one.

    With a ``call_id``, what other calls can wait for, equal calls at one time are paid once.

    Raises:
        CaptionAccError: the only errors that leave; what was not foreseen becomes ``internal`` and
            is logged with its traceback.
    """
    name = function_of(request)
    with context.bind(function=name, digest=digest_of(request)):
        try:
            work = _on_hardware(_work(request, store, engines), engines)
            return await workspace.perform(request, store, work, call_id=call_id)
        except CaptionAccError as error:
            _log.warning("call_failed", code=error.code, message=error.message)
            raise
        except (OSError, MemoryError) as error:
            _log.exception("call_failed_unforeseen")
            raise TransientError(
                ErrorCode.INTERNAL, f"{name} ran short of a resource ({type(error).__name__})."
            ) from error
        except (Exception, SystemExit) as error:
            _log.exception("call_failed_unforeseen")
            raise PermanentError(
                ErrorCode.INTERNAL,
                f"{name} failed in a way that was not foreseen ({type(error).__name__}); "
                "its log has the details.",
            ) from error


def _on_hardware(
    work: Callable[[ReportProgress], Awaitable[ComputeResult]], engines: Engines
) -> Callable[[ReportProgress], Awaitable[ComputeResult]]:
    """The work, with the hardware that it ran on in what its result measured."""

    async def measured(progress: ReportProgress) -> ComputeResult:
        result = await work(progress)
        # Asking the driver for the kind of GPU starts a process.
        hardware = await asyncio.to_thread(lambda: engines.hardware)
        on_hardware = msgspec.structs.replace(result.measured, hardware=hardware)
        return msgspec.structs.replace(result, measured=on_hardware)

    return measured


def _work(
    request: ComputeRequest, store: ObjectStore, engines: Engines
) -> Callable[[ReportProgress], Awaitable[ComputeResult]]:
    # Modules are imported by the call that needs them, so that none pays for another's libraries.
    async def work(progress: ReportProgress) -> ComputeResult:
        match request:
            case ExtractRequest():
                from captionacc_modal.calls import extract_frames_and_ocr

                return await extract_frames_and_ocr.run(
                    request,
                    store=store,
                    engine=engines.ocr(),
                    progress=progress,
                    threads=engines.threads,
                )
            case CropInferRequest():
                from captionacc_modal.calls import crop_and_infer_caption_frame_extents

                return await crop_and_infer_caption_frame_extents.run(
                    request,
                    store=store,
                    network=engines.network(),
                    progress=progress,
                    threads=engines.threads,
                )
            case CaptionOcrRequest():
                from captionacc_modal.calls import generate_caption_ocr

                return await generate_caption_ocr.run(
                    request, store=store, engine=engines.ocr(), progress=progress
                )
            case CaptionsOcrRequest():
                from captionacc_modal.calls import generate_caption_ocr

                return await generate_caption_ocr.run_many(
                    request, store=store, engine=engines.ocr(), progress=progress
                )

    return work

"""The step that costs money: one compute call, which a new attempt finds again after a crash."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TypeVar

import msgspec
from captionacc_calls.claims import release_claim
from captionacc_calls.results import forget_result, read_result
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    TransientError,
)
from captionacc_contracts.work.compute import (
    ComputeCall,
    ComputeRequest,
    ComputeResult,
    Yielded,
    digest_of,
    function_of,
    owner_of,
)
from captionacc_contracts.work.functions import FUNCTIONS
from captionacc_contracts.work.versions import computed_by
from captionacc_observability.logging import get_logger

from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.progress import relay_progress
from captionacc_flow_worker.attempt.unpublished import record_failed_call
from captionacc_flow_worker.orchestration.stopping import Stop

log = get_logger(__name__)

R = TypeVar("R", bound=ComputeRequest)

# For the time in Modal's queue and the cold start, which precede the function's own limit.
_WAITING_ALLOWANCE_S = 600.0
# Each crash of a worker between starting a call and saving its id adds a call that yields. More
# than three such calls in a row mean that calls yield in a circle.
_MOST_CALLS = 4
# The call may still be running, so it keeps its claim and its id stays on the row.
_CALL_MAY_RUN = frozenset(
    {ErrorCode.LEASE_LOST, ErrorCode.COMPUTE_UNREACHABLE, ErrorCode.DATABASE_UNAVAILABLE}
)


def keyed(context: JobContext, request: R) -> R:
    """The request with the rest of its key: the versions, and the job if it computes anew."""
    parameters = context.job.parameters
    return msgspec.structs.replace(
        request,
        computed_by=computed_by(function_of(request), context.services.ocr_engine),
        for_job=context.job.id if parameters.anew else None,
    )


async def compute(context: JobContext, request: ComputeRequest) -> ComputeResult:
    """The result of ``request``: the stored one, or that of the running call or of a new call.

    Raises:
        TransientError, PermanentError: those of the ``Compute`` port and of the function itself.
    """
    context.enter_stage(function_of(request))
    digest = digest_of(request)
    stored = await read_result(context.services.store, request)
    if stored is not None:
        context.obtain(stored, computed=False)
        return stored
    call = context.job.compute_call
    if call is None or call.digest != digest:
        call = await _start(context, request)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(relay_progress(context, request))
        result = await _result(context, request, call)
    context.obtain(result, computed=True)
    return result


async def _result(context: JobContext, request: ComputeRequest, call: ComputeCall) -> ComputeResult:
    try:
        for _ in range(_MOST_CALLS):
            outcome = await context.services.compute.result(
                call, _deadline_s(request), is_ours=context.holds_lease
            )
            if not isinstance(outcome, Yielded):
                return outcome
            # A worker started the other call for this work, but died before it saved the id.
            log.warning("attached_to_other_call", call_id=call.call_id, other=outcome.call_id)
            call = msgspec.structs.replace(call, call_id=outcome.call_id)
            await context.save_compute_call(call)
        raise TransientError(
            ErrorCode.COMPUTE_LOST, f"Calls of {function_of(request)} yield to each other."
        )
    except CaptionAccError as error:
        if error.code in _CALL_MAY_RUN:
            raise
        # The outcome of this call is final, so the next attempt starts a call of its own.
        await record_failed_call(context, call, error)
        await release_claim(context.services.store, *owner_of(request), call)
        await context.save_compute_call(None)
        if error.code is ErrorCode.COMPUTE_CANCELLED and not await _is_to_stop(context):
            # The call belonged to another job, and was cancelled with it.
            raise TransientError(
                ErrorCode.COMPUTE_LOST, f"Another job cancelled the call of {call.function}."
            ) from error
        raise


async def require_objects(
    context: JobContext, request: ComputeRequest, keys: Sequence[str]
) -> None:
    """Check that the objects which a result names are in the store.

    Raises:
        TransientError: ``result_incomplete``; the result is removed, so that the next attempt
            computes it anew.
    """
    context.enter_stage("verify")
    present = await asyncio.gather(*map(context.services.store.exists, keys))
    missing = [key for key, there in zip(keys, present, strict=True) if not there]
    if missing:
        await _forget(context, request)
        raise TransientError(
            ErrorCode.RESULT_INCOMPLETE,
            f"The object store lacks {missing[0]}, which {function_of(request)} named.",
        )


async def _start(context: JobContext, request: ComputeRequest) -> ComputeCall:
    async def start_and_save() -> ComputeCall:
        call = await context.services.compute.submit(request)
        call = msgspec.structs.replace(call, started_at=context.services.clock.now())
        await context.save_compute_call(call)
        return call

    # The shield lets a cancelled attempt save its call; an unsaved call would be paid for twice.
    starting = asyncio.ensure_future(start_and_save())
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait([starting], timeout=30)
        raise


async def _is_to_stop(context: JobContext) -> bool:
    if context.stop is Stop.CANCEL:
        return True
    async with context.services.database.transaction() as session:
        job = await session.jobs.get(context.job.id)
    return job is None or job.cancel_requested


async def _forget(context: JobContext, request: ComputeRequest) -> None:
    await forget_result(context.services.store, request)
    call = context.job.compute_call
    if call is not None:
        if context.services.local_calls is not None:
            await context.services.local_calls.forget(call)
        await context.save_compute_call(None)


def _deadline_s(request: ComputeRequest) -> float:
    spec = FUNCTIONS[function_of(request)]
    return spec.timeout_s * (1 + spec.retries) + _WAITING_ALLOWANCE_S

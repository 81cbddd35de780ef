"""The step that pays: one compute call, found again after any crash, with its progress shown."""

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
    FUNCTIONS,
    ComputeCall,
    ComputeRequest,
    ComputeResult,
    Yielded,
    digest_of,
    function_of,
    owner_of,
)
from captionacc_contracts.work.versions import computed_by
from captionacc_observability.logging import get_logger

from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.progress import relay_progress
from captionacc_flow_worker.orchestration.stopping import Stop

log = get_logger(__name__)

R = TypeVar("R", bound=ComputeRequest)

# Queue and cold start come on top of the function's own limit.
_WAITING_ALLOWANCE_S = 600.0
_MOST_CALLS = 4
# The call may still be running, so it keeps its claim and its id stays on the row.
_CALL_MAY_RUN = frozenset({ErrorCode.LEASE_LOST, ErrorCode.COMPUTE_UNREACHABLE})


def keyed(context: JobContext, request: R) -> R:
    """The request with its key: the versions that compute it, and the job if it computes anew."""
    parameters = context.job.parameters
    return msgspec.structs.replace(
        request,
        computed_by=computed_by(function_of(request), context.services.ocr_engine),
        for_job=context.job.id if parameters.anew else None,
    )


async def compute(context: JobContext, request: ComputeRequest) -> ComputeResult:
    """The result of ``request``: stored, taken from the call under way, or computed.

    Raises:
        TransientError, PermanentError: as the ``Compute`` port, or the function itself, says.
    """
    context.enter_stage(function_of(request))
    digest = digest_of(request)
    stored = await read_result(context.services.store, request)
    if stored is not None:
        return stored
    call = context.job.compute_call
    if call is None or call.digest != digest:
        call = await _start(context, request)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(relay_progress(context, request))
        return await _result(context, request, call)


async def _result(context: JobContext, request: ComputeRequest, call: ComputeCall) -> ComputeResult:
    try:
        for _ in range(_MOST_CALLS):
            outcome = await context.services.compute.result(call, _deadline_s(request))
            if not isinstance(outcome, Yielded):
                return outcome
            # A worker that died before it saved its call had started another call for this work.
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
        await release_claim(context.services.store, *owner_of(request), call)
        await context.save_compute_call(None)
        if error.code is ErrorCode.COMPUTE_CANCELLED and not await _is_to_stop(context):
            # The call that this job found at work belonged to one that was cancelled.
            raise TransientError(
                ErrorCode.COMPUTE_LOST, f"The call of {call.function} found at work was cancelled."
            ) from error
        raise


async def require_objects(
    context: JobContext, request: ComputeRequest, keys: Sequence[str]
) -> None:
    """Check that what a result names is in the store.

    Raises:
        TransientError: ``result_incomplete``; the result is forgotten, so the next attempt
            computes it anew.
    """
    context.enter_stage("verify")
    present = await asyncio.gather(*map(context.services.store.exists, keys))
    missing = [key for key, there in zip(keys, present, strict=True) if not there]
    if missing:
        await _forget(context, request)
        raise TransientError(
            ErrorCode.RESULT_INCOMPLETE,
            f"{function_of(request)} named {missing[0]}, which is not in the object store.",
        )


async def _start(context: JobContext, request: ComputeRequest) -> ComputeCall:
    async def start_and_save() -> ComputeCall:
        call = await context.services.compute.submit(request)
        await context.save_compute_call(call)
        return call

    # A call that runs but is not saved would be paid for twice.
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

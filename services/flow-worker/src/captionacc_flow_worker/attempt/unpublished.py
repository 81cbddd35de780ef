"""Records what calls used that did not lead to a published result: that money is spent too."""

import msgspec
from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.work.compute import ComputeCall, Hardware, Measured
from captionacc_contracts.work.failed_usage import usage_of
from captionacc_contracts.work.functions import FUNCTIONS, FunctionName
from captionacc_observability.logging import get_logger

from captionacc_flow_worker.attempt.job_context import JobContext

log = get_logger(__name__)


async def record_failed_call(
    context: JobContext, call: ComputeCall, error: BaseException | None
) -> None:
    """Record a call that ended without a result, once per call.

    A call that measured itself says so in its ``error``. The time of a call that was killed or
    stopped is at most that since its start.
    """
    measured = None if error is None else usage_of(error)
    if measured is None:
        measured = await _at_most(context, call)
    if measured is not None:
        measured = msgspec.structs.replace(measured, call_id=call.call_id)
        await _record(context, call.function, measured)


async def record_dropped_result(context: JobContext) -> None:
    """Record the result that this attempt got and did not publish, if it got one.

    A later attempt that publishes the same result marks the record as published.
    """
    if context.result is not None and not context.settled:
        function = FunctionName(str(context.result.__struct_config__.tag))
        await _record(context, function, context.result.measured)


async def _at_most(context: JobContext, call: ComputeCall) -> Measured | None:
    if call.started_at is None:
        return None
    spec = FUNCTIONS[call.function]
    # The time since the start includes the wait in Modal's queue, which costs nothing.
    since_s = (context.services.clock.now() - call.started_at).total_seconds()
    seconds = min(max(0.0, since_s), float(spec.timeout_s * (1 + spec.retries)))
    if context.services.local_calls is not None:
        return Measured(seconds={"interrupted": seconds})
    gpu = await _gpu(context, call.function)
    hardware = Hardware(gpu=gpu, cpu_cores=spec.cpu_cores, memory_mib=spec.memory_mib)
    device = "cpu" if gpu is None else "cuda"
    return Measured(seconds={"interrupted": seconds}, hardware=hardware, device=device)


async def _gpu(context: JobContext, function: FunctionName) -> str | None:
    """The GPU of the latest call that said what it ran on; the table's one before any call."""
    default = FUNCTIONS[function].gpu
    try:
        async with context.services.database.transaction() as session:
            return await session.usage.latest_gpu(function, default=default)
    except (CaptionAccError, TimeoutError):
        return default


async def _record(context: JobContext, function: FunctionName, measured: Measured) -> None:
    try:
        async with context.services.database.transaction() as session:
            await session.usage.record_unpublished(context.job, function, measured)
    except (CaptionAccError, TimeoutError) as error:
        # The job goes on: what it costs matters less than how it ends.
        log.warning("usage_not_recorded", call_id=measured.call_id, error=str(error))

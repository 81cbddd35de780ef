"""Surrounds the work of every compute call: pay once, write the progress, store the result."""

import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from captionacc_calls import claims, results
from captionacc_calls.progress import PROGRESS_INTERVAL_S, progress_written
from captionacc_contracts.work import compute
from captionacc_contracts.work.compute import ComputeRequest, ComputeResult, Yielded
from captionacc_observability.logging import get_logger
from captionacc_wasabi.store import ObjectStore

from captionacc_modal.stoppable_thread import ReportProgress

_log = get_logger(__name__)
R = TypeVar("R", bound=ComputeResult)
Finish = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]


async def perform(
    request: ComputeRequest,
    store: ObjectStore,
    work: Callable[[ReportProgress], Awaitable[R]],
    *,
    call_id: str | None = None,
    progress_interval_s: float = PROGRESS_INTERVAL_S,
    finish: Finish | None = None,
) -> ComputeResult | Yielded:
    """The result of ``work``, or the result that an equal call left in the store.

    A call with a ``call_id`` first claims the work. If another call holds the claim, it returns
    ``Yielded``. ``finish`` gets the function that stores the result; it may repeat it.

    Raises:
        CaptionAccError: The errors of ``work`` and of the store.
    """
    found = await results.read_result(store, request)
    if found is not None:
        _log.info(
            "result_found",
            function=compute.function_of(request),
            digest=compute.digest_of(request),
        )
        return found
    async with contextlib.AsyncExitStack() as stack:
        if call_id is not None:
            other = await stack.enter_async_context(claims.held(store, request, call_id))
            if other is not None:
                _log.warning("call_yields", call_id=call_id, to=other)
                return Yielded(call_id=other)
        async with progress_written(store, request, progress_interval_s) as report:
            result = await work(report)
        write = partial(results.write_result, store, request, result)
        await (write() if finish is None else finish(write))
        return result

"""What every compute call shares: it is paid once, tells its progress and leaves its result."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.errors import CaptionAccError, ErrorCode, PermanentError
from captionacc_contracts.work.compute import (
    ComputeRequest,
    ComputeResult,
    Progress,
    Yielded,
    digest_of,
    function_of,
    owner_of,
)
from captionacc_observability.logging import get_logger
from captionacc_wasabi.store import ObjectStore

from captionacc_modal import claim
from captionacc_modal.stoppable_thread import ReportProgress

PROGRESS_INTERVAL_S = 1.0

_log = get_logger(__name__)
R = TypeVar("R", bound=ComputeResult)


async def stored_result(store: ObjectStore, request: ComputeRequest) -> ComputeResult | None:
    """The result that an equal call left in the store, or None.

    One that cannot be decoded (an older version's, say) counts as none: the work is done again.
    """
    key = object_keys.compute_result(*owner_of(request), digest_of(request))
    try:
        data = await store.get(key)
    except PermanentError as error:
        if error.code is ErrorCode.OBJECT_MISSING:
            return None
        raise
    try:
        result: ComputeResult = msgspec.json.decode(data, type=ComputeResult)
    except msgspec.DecodeError:
        _log.warning("stored_result_unreadable", key=key)
        return None
    return result


class _ProgressWriter:
    """Keeps the newest progress and writes it to the store now and then, never failing a call."""

    def __init__(self, store: ObjectStore, key: str, interval_s: float) -> None:
        self._store = store
        self._key = key
        self._interval_s = interval_s
        self._newest: Progress | None = None
        self._written: Progress | None = None

    def report(self, progress: Progress) -> None:
        # Called in other threads too: one assignment needs no lock.
        self._newest = progress

    async def flush(self) -> None:
        newest = self._newest
        if newest is None or newest == self._written:
            return
        try:
            await self._store.put(
                self._key, msgspec.json.encode(newest), content_type="application/json"
            )
        except CaptionAccError as error:
            _log.warning("progress_not_written", code=error.code)
            return
        self._written = newest

    async def keep_writing(self) -> None:
        while True:
            await self.flush()
            await asyncio.sleep(self._interval_s)


async def perform(
    request: ComputeRequest,
    store: ObjectStore,
    work: Callable[[ReportProgress], Awaitable[R]],
    *,
    call_id: str | None = None,
    progress_interval_s: float = PROGRESS_INTERVAL_S,
) -> ComputeResult | Yielded:
    """The result of ``work``, or the one that an equal call left; the result object comes last.

    A call with a ``call_id`` claims the work first, and yields to the call that was faster.

    Raises:
        CaptionAccError: what ``work`` raised, or the store's.
    """
    found = await stored_result(store, request)
    if found is not None:
        _log.info("result_found", function=function_of(request), digest=digest_of(request))
        return found
    async with contextlib.AsyncExitStack() as stack:
        if call_id is not None:
            other = await stack.enter_async_context(claim.held(store, request, call_id))
            if other is not None:
                _log.warning("call_yields", call_id=call_id, to=other)
                return Yielded(call_id=other)
        return await _work(request, store, work, progress_interval_s)


async def _work(
    request: ComputeRequest,
    store: ObjectStore,
    work: Callable[[ReportProgress], Awaitable[R]],
    progress_interval_s: float,
) -> R:
    owner, digest = owner_of(request), digest_of(request)
    writer = _ProgressWriter(
        store, object_keys.compute_progress(*owner, digest), progress_interval_s
    )
    writing = asyncio.create_task(writer.keep_writing())
    try:
        result = await work(writer.report)
    finally:
        writing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writing
    await writer.flush()
    await store.put(
        object_keys.compute_result(*owner, digest),
        msgspec.json.encode(result),
        content_type="application/json",
    )
    return result

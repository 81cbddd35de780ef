"""The progress of a call in the object store: written by the function, read by the worker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.work.compute import ComputeRequest, Progress, digest_of, owner_of
from captionacc_observability.logging import get_logger
from captionacc_wasabi.store import ObjectStore

PROGRESS_INTERVAL_S = 1.0
"""Set by hand: a waiting person sees movement, and a call of one hour writes at most 3,600 small
objects."""

_log = get_logger(__name__)


async def read_progress(store: ObjectStore, request: ComputeRequest) -> Progress:
    """The newest progress of the call.

    Raises:
        CaptionAccError: the store's; ``object_missing`` before the call has written any.
        msgspec.MsgspecError: the object cannot be decoded.
    """
    return msgspec.json.decode(await store.get(_key(request)), type=Progress)


@contextlib.asynccontextmanager
async def progress_written(
    store: ObjectStore, request: ComputeRequest, interval_s: float = PROGRESS_INTERVAL_S
) -> AsyncIterator[Callable[[Progress], None]]:
    """Gives a function that reports progress; the newest report is written once per interval.

    A report never fails the call. If the block succeeds, its last report is written too.
    """
    writer = _Writer(store, _key(request))
    writing = asyncio.create_task(writer.keep_writing(interval_s))
    try:
        yield writer.report
    finally:
        writing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writing
    await writer.flush()


class _Writer:
    def __init__(self, store: ObjectStore, key: str) -> None:
        self._store = store
        self._key = key
        self._newest: Progress | None = None
        self._written: Progress | None = None

    def report(self, progress: Progress) -> None:
        # Other threads call this too: one assignment needs no lock.
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

    async def keep_writing(self, interval_s: float) -> None:
        while True:
            await self.flush()
            await asyncio.sleep(interval_s)


def _key(request: ComputeRequest) -> str:
    return object_keys.compute_progress(*owner_of(request), digest_of(request))

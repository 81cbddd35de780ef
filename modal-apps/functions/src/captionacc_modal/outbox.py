"""Keeps what a call has computed until the object store has it.

The work of a call writes its objects into a folder. They go to the store when the work is complete.
If the store is away then, a later call with the same folder finds the complete work and sends it,
and computes nothing. Chunks go to the store while the work goes on, as far as it takes them.
"""

import asyncio
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from captionacc_contracts.work.compute import ComputeResult, Progress
from captionacc_observability.logging import get_logger
from captionacc_wasabi.store import OCTETS, ObjectInfo, ObjectStore

from captionacc_modal.bounded_concurrency import map_bounded
from captionacc_modal.early_sends import EarlySends
from captionacc_modal.measuring import StageClock
from captionacc_modal.patience import Patience
from captionacc_modal.stoppable_thread import ReportProgress

_log = get_logger(__name__)

_UPLOADS_AT_ONCE = 8
# Frames and chunks. All other objects say that these are there, so they are sent after them, in the
# order in which the work wrote them.
_PARTS = frozenset({"image/jpeg", "video/webm"})
_EARLY = "video/webm"
"""What is sent while the work goes on: the keys of chunks hold the number of a new version, which
nobody reads before its manifest is there. Other keys may hold objects that are in use."""


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An object that waits to be sent; ``file`` is its name in the folder."""

    key: str
    file: str
    content_type: str
    size_bytes: int


class _Complete(msgspec.Struct, frozen=True, kw_only=True):
    """``complete.json``, which is written when the work of the call with ``digest`` has ended."""

    digest: str
    result: ComputeResult
    objects: list[_Kept]


class Outbox:
    """The folder of one call, which this object makes.

    Args:
        folder: Should outlive the process, if anything can.
        patience_s: How long the store may be away, from the first object that is sent.
        until: Instead, until when the store may be away, on the monotonic clock.
    """

    def __init__(
        self, folder: Path, *, patience_s: float = 0.0, until: float | None = None
    ) -> None:
        self._folder = folder
        self._patience_s = patience_s
        self._until = until
        self._objects: list[_Kept] = []
        self._early = EarlySends()

    async def result(
        self,
        digest: str,
        store: ObjectStore,
        work: Callable[["KeptFiles"], Awaitable[ComputeResult]],
    ) -> ComputeResult:
        """The result of ``work``, or of the complete work of an earlier process."""
        complete = await asyncio.to_thread(self._complete, digest)
        if complete is None:
            await asyncio.to_thread(self._begin)
            async with self._early.unless_failed():
                result = await work(KeptFiles(store, self))
                complete = _Complete(digest=digest, result=result, objects=self._objects)
                await asyncio.to_thread(self._write_complete, complete)
        else:
            _log.warning("kept_work_found", digest=digest, objects=len(complete.objects))
        self._objects = complete.objects
        return complete.result

    async def send(
        self, store: ObjectStore, result: ComputeResult, report: ReportProgress
    ) -> ComputeResult:
        """Store the objects; the result then also says how long that took.

        Raises:
            CaptionAccError: the store's, once the patience is at its end. The objects are kept.
        """
        patience = self._patience()
        sent = 0

        async def send(each: _Kept) -> None:
            nonlocal sent
            await patience.with_store(lambda: self._put(store, each))
            sent += 1
            report(Progress(stage="upload", done=sent, total=len(self._objects)))

        clock = StageClock()
        with clock.stage("upload"):
            there = await self._early.ended()
            sent = len(there)
            left = [each for each in self._objects if each.file not in there]
            parts = [each for each in left if each.content_type in _PARTS]
            await map_bounded(send, parts, at_once=_UPLOADS_AT_ONCE)
            for each in left:
                if each.content_type not in _PARTS:
                    await send(each)
        seconds = dict(result.measured.seconds)
        seconds["upload"] = seconds.get("upload", 0.0) + clock.seconds["upload"]
        measured = msgspec.structs.replace(result.measured, seconds=seconds)
        return msgspec.structs.replace(result, measured=measured)

    async def finish(self, write: Callable[[], Awaitable[None]]) -> None:
        """Store the result with ``write``, as patiently as the objects, then empty the folder."""
        await self._patience().with_store(write)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def keep(
        self, store: ObjectStore, key: str, content_type: str, write: Callable[[Path], None]
    ) -> None:
        """Keep an object; ``write`` puts its content into the file that it gets, in a thread."""
        # The place in the list is taken before the first await, so that the order is that of calls.
        place = len(self._objects)
        kept = _Kept(key=key, file=f"{place:06d}", content_type=content_type, size_bytes=0)
        self._objects.append(kept)
        path = self._folder / kept.file
        await asyncio.to_thread(write, path)
        kept = msgspec.structs.replace(kept, size_bytes=path.stat().st_size)
        self._objects[place] = kept
        if content_type == _EARLY:
            self._early.begin(kept.file, lambda: self._put(store, kept))

    async def _put(self, store: ObjectStore, each: _Kept) -> None:
        await store.put_file(each.key, self._folder / each.file, content_type=each.content_type)

    def _patience(self) -> Patience:
        left = self._patience_s if self._until is None else self._until - time.monotonic()
        return Patience(left)

    def _begin(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)

    def _complete(self, digest: str) -> _Complete | None:
        try:
            found = msgspec.json.decode(self._marker.read_bytes(), type=_Complete)
            # After a crash of the machine, a file may be shorter than it was.
            whole = all(
                (self._folder / each.file).stat().st_size == each.size_bytes
                for each in found.objects
            )
        except (OSError, msgspec.MsgspecError):
            return None
        return found if whole and found.digest == digest else None

    def _write_complete(self, complete: _Complete) -> None:
        partial = self._marker.with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(complete))
        partial.replace(self._marker)

    @property
    def _marker(self) -> Path:
        return self._folder / "complete.json"


class KeptFiles:
    """Reads from the store and writes to the outbox. Implements ``CallFiles``."""

    def __init__(self, store: ObjectStore, outbox: Outbox) -> None:
        self._store = store
        self._outbox = outbox

    async def get(self, key: str) -> bytes:
        return await self._store.get(key)

    async def get_to_file(self, key: str, path: Path) -> ObjectInfo:
        return await self._store.get_to_file(key, path)

    async def put(self, key: str, data: bytes, *, content_type: str = OCTETS) -> None:
        await self._outbox.keep(self._store, key, content_type, lambda file: _write(file, data))

    async def put_file(self, key: str, path: Path, *, content_type: str = OCTETS) -> None:
        await self._outbox.keep(self._store, key, content_type, lambda file: _link(path, file))


def _write(file: Path, data: bytes) -> None:
    file.write_bytes(data)


def _link(path: Path, file: Path) -> None:
    try:
        os.link(path, file)
    except OSError:
        # Another file system.
        shutil.copyfile(path, file)

"""Stores the chunks of cropped frames while the pass that makes them goes on in another thread."""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Self

from captionacc_contracts.work.compute import Progress

from captionacc_modal.bounded_concurrency import first_of
from captionacc_modal.call_files import CallFiles
from captionacc_modal.stoppable_thread import ReportProgress

_UPLOADS_AT_ONCE = 8


class ChunkUploads:
    """Stores each chunk soon after it was added.

    Use it as a context manager around the pass. When an upload fails, the block is cancelled and
    the error is raised from the block.
    """

    def __init__(self, store: CallFiles) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._group = asyncio.TaskGroup()
        # The chunks lie on disk, so the queue needs no limit.
        self._queue: asyncio.Queue[tuple[str, Path] | None] = asyncio.Queue()
        self._uploads: list[asyncio.Task[None]] = []
        self._added = 0
        self._stored = 0

    def add(self, key: str, path: Path) -> None:
        """Store the file at ``path`` under ``key``; call it in any thread."""
        self._loop.call_soon_threadsafe(self._take, key, path)

    async def finish(self, progress: ReportProgress) -> None:
        """Wait until all chunks that were added are stored."""
        for _ in self._uploads:
            self._queue.put_nowait(None)
        for upload in asyncio.as_completed(self._uploads):
            await upload
            progress(Progress(stage="upload", done=self._stored, total=self._added))

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        self._uploads = [self._group.create_task(self._upload()) for _ in range(_UPLOADS_AT_ONCE)]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._group.__aexit__(kind, error, traceback)
        except ExceptionGroup as failures:
            raise first_of(failures) from None

    def _take(self, key: str, path: Path) -> None:
        self._added += 1
        self._queue.put_nowait((key, path))

    async def _upload(self) -> None:
        while (chunk := await self._queue.get()) is not None:
            key, path = chunk
            await self._store.put_file(key, path, content_type="video/webm")
            self._stored += 1

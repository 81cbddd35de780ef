"""Reads ``layout.db.gz`` of a video as JSON, beside the event loop."""

import asyncio
import tempfile
from pathlib import Path

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.sqlite_files import layout
from captionacc_contracts.web.pictures import Layout
from captionacc_supabase.rows import Video
from captionacc_wasabi.store import ObjectStore

from captionacc_webhook_gateway.errors import NotFoundError

# Ten hours of video with a hundred boxes per frame take some 10 MB.
_LARGEST_BYTES = 16 * 1024 * 1024
# Each reading fills memory with one file, its rows and its JSON.
_AT_ONCE = 2


class LayoutReader:
    """Reads a few layouts at a time."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def etag(self, video: Video) -> str:
        """The entity tag of the answer; it changes when the file is written again.

        Raises:
            NotFoundError: The layout has not been found yet.
        """
        info = await self._store.stat(_key(video))
        if info is None:
            message = "The video has no layout yet; wait until it is active."
            raise NotFoundError(message)
        return f'"{info.etag}"'

    async def read(self, video: Video) -> bytes:
        """The JSON of the layout.

        Raises:
            PermanentError: ``object_missing``; ``file_format_invalid`` when the file is too large
                or cannot be read.
        """
        async with self._turns:
            packed = await self._store.get(_key(video), max_bytes=_LARGEST_BYTES)
            return await asyncio.to_thread(_json, packed)


def _key(video: Video) -> str:
    return object_keys.layout_db(TenantId(video.tenant_id), VideoId(video.id))


def _json(packed: bytes) -> bytes:
    with tempfile.TemporaryDirectory(prefix="captionacc-layout-") as folder:
        path = Path(folder) / "layout.db.gz"
        path.write_bytes(packed)
        boxes, config = layout.read(path)
    found = Layout(
        frame_width=config.frame_width,
        frame_height=config.frame_height,
        tracks=config.tracks,
        boxes=boxes,
    )
    return msgspec.json.encode(found)

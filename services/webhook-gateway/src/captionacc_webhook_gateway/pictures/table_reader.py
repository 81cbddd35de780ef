"""Reads SQLite files of a video as JSON, beside the event loop."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.sqlite_files import extents, layout
from captionacc_contracts.web.pictures import Layout, Presence
from captionacc_supabase.rows import Video
from captionacc_wasabi.store import ObjectStore

from captionacc_webhook_gateway.errors import NotFoundError
from captionacc_webhook_gateway.pictures.track_version import version_of_track

# Each reading fills memory with one file, its rows and its JSON.
_AT_ONCE = 2


class StoredTable(msgspec.Struct, frozen=True, kw_only=True):
    """A gzipped SQLite file in the store, and the answer that it becomes."""

    key: str
    missing: str
    """What to tell a person when the store does not have the file."""
    most_bytes: int
    answer_of: Callable[[Path], msgspec.Struct]


def layout_table(video: Video) -> StoredTable:
    return StoredTable(
        key=object_keys.layout_db(*_owner(video)),
        missing="The video has no layout yet; wait until it is active.",
        # Ten hours of video with a hundred boxes per frame take some 10 MB.
        most_bytes=16 * 1024 * 1024,
        answer_of=_layout,
    )


def presence_table(video: Video, track: int) -> StoredTable:
    """The pair predictions of a track.

    Raises:
        NotFoundError: The video has no cropped frames, or no such track.
    """
    version = version_of_track(video, track)

    def presence(path: Path) -> Presence:
        levels = extents.read_presence(path)
        return Presence(cropped_frames_version=version, track=track, levels=levels)

    return StoredTable(
        key=object_keys.extents_db(*_owner(video), version, track),
        missing="The store does not have the predictions of this track.",
        # A pair takes up to 100 bytes, and ten hours of video have 360,000 pairs.
        most_bytes=64 * 1024 * 1024,
        answer_of=presence,
    )


class TableReader:
    """Reads a few tables at a time."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def etag(self, table: StoredTable) -> str:
        """The entity tag of the answer; it changes when the file is written again.

        Raises:
            NotFoundError: The store does not have the file.
        """
        info = await self._store.stat(table.key)
        if info is None:
            raise NotFoundError(table.missing)
        return f'"{info.etag}"'

    async def read(self, table: StoredTable) -> bytes:
        """The JSON of the answer.

        Raises:
            PermanentError: ``object_missing``; ``file_format_invalid`` when the file is too large
                or cannot be read.
        """
        async with self._turns:
            packed = await self._store.get(table.key, max_bytes=table.most_bytes)
            return await asyncio.to_thread(_json, packed, table.answer_of)


def _owner(video: Video) -> tuple[TenantId, VideoId]:
    return TenantId(video.tenant_id), VideoId(video.id)


def _json(packed: bytes, answer_of: Callable[[Path], msgspec.Struct]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="captionacc-table-") as folder:
        path = Path(folder) / "table.db.gz"
        path.write_bytes(packed)
        return msgspec.json.encode(answer_of(path))


def _layout(path: Path) -> Layout:
    boxes, config = layout.read(path)
    return Layout(
        frame_width=config.frame_width,
        frame_height=config.frame_height,
        tracks=config.tracks,
        boxes=boxes,
    )

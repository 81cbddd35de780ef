"""Presigned addresses of what the store has of a video."""

import asyncio
from datetime import datetime, timedelta
from itertools import islice

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.chunks import ChunkId
from captionacc_contracts.frames.frame_index import seconds
from captionacc_contracts.frames.geometry import FrameRange
from captionacc_contracts.frames.manifest import Manifest, ManifestChunk
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.web.pictures import (
    CaptionStrip,
    ChunkAddress,
    ChunkList,
    FullFrame,
    FullFrameList,
    MediaAddress,
)
from captionacc_observability.clock import Clock
from captionacc_supabase.rows import Caption, Video
from captionacc_wasabi.store import ObjectStore

from captionacc_webhook_gateway.errors import NotFoundError
from captionacc_webhook_gateway.pictures.strip import strip_of
from captionacc_webhook_gateway.pictures.track_version import version_of_track

# A manifest of a day of video has some 35,000 chunks of 200 bytes each.
_LARGEST_MANIFEST_BYTES = 16 * 1024 * 1024


class ChunksAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Which chunks of a track to give: those of a level, and of a range of frames."""

    track: int
    level: int | None
    first_frame: int
    end_frame: int
    after: str | None
    limit: int


class Addresses:
    """Signs addresses that work for ``lifetime_s`` seconds."""

    def __init__(self, store: ObjectStore, clock: Clock, lifetime_s: int) -> None:
        self._store = store
        self._clock = clock
        self._lifetime_s = lifetime_s

    async def media(self, video: Video) -> MediaAddress:
        """Where the upload lies.

        Raises:
            NotFoundError: The store does not have it.
            PermanentError: ``object_key_invalid``; the key is outside the tenant's folder.
        """
        key = object_keys.upload_of(*_owner(video), video.storage_key)
        info = await self._store.stat(key)
        if info is None:
            message = "The store does not have the file of the video."
            raise NotFoundError(message)
        expires_at = self._expiry()
        return MediaAddress(
            url=await self._store.presigned_get(key, self._lifetime_s),
            expires_at=expires_at,
            size_bytes=info.size_bytes,
            content_type=info.content_type,
        )

    async def full_frames(self, video: Video, after: int | None, limit: int) -> FullFrameList:
        """Up to ``limit`` full frames after the frame index ``after``."""
        owner = _owner(video)
        start = "" if after is None else object_keys.full_frame(*owner, after)
        listed = self._store.list(
            object_keys.full_frames_prefix(*owner), start_after=start, page_size=limit + 1
        )
        keys: list[str] = []
        async for info in listed:
            keys.append(info.key)
            if len(keys) > limit:
                break
        more, keys = len(keys) > limit, keys[:limit]
        expires_at = self._expiry()
        urls = await self._store.presigned_gets(keys, self._lifetime_s)
        frames = [
            FullFrame(
                frame_index=index, seconds=round(video.start_seconds + seconds(index), 3), url=url
            )
            for key, url in zip(keys, urls, strict=True)
            if (index := object_keys.index_of_full_frame(key)) is not None
        ]
        return FullFrameList(
            frames=frames,
            expires_at=expires_at,
            next_after=frames[-1].frame_index if more and frames else None,
        )

    async def chunks(self, video: Video, asked: ChunksAsked) -> ChunkList:
        """The manifest of a track, with the chunks that are asked for.

        Raises:
            NotFoundError: The video has no cropped frames, or no such track.
        """
        version = version_of_track(video, asked.track)
        prefix = object_keys.chunks_prefix(*_owner(video), version, asked.track)
        # The manifest of a day of video takes some 50 ms to read.
        manifest, page = await asyncio.to_thread(_page, await self._manifest(prefix), asked)
        more, page = len(page) > asked.limit, page[: asked.limit]
        expires_at = self._expiry()
        urls = await self._store.presigned_gets(
            [prefix + chunk.path for chunk, _ in page], self._lifetime_s
        )
        return ChunkList(
            cropped_frames_version=manifest.cropped_frames_version,
            track=asked.track,
            frame_rate=manifest.frame_rate,
            frame_count=manifest.frame_count,
            width=manifest.width,
            height=manifest.height,
            crop_region=manifest.crop_region,
            direction=manifest.direction,
            codec=manifest.codec,
            chunks=[
                ChunkAddress(
                    level=place.level,
                    first_frame=place.start,
                    frame_count=chunk.frame_count,
                    size_bytes=chunk.size_bytes,
                    sha256=chunk.sha256,
                    url=url,
                )
                for (chunk, place), url in zip(page, urls, strict=True)
            ],
            expires_at=expires_at,
            next_after=page[-1][0].path if more else None,
        )

    async def strip(self, video: Video, caption: Caption) -> CaptionStrip:
        """Where the first and last frames of the caption lie, the frames beside them, and the
        median."""
        prefix = object_keys.chunks_prefix(
            *_owner(video), caption.cropped_frames_version, caption.track
        )
        places = strip_of(caption.start_frame, caption.end_frame, video.frame_count or 0)
        frames = FrameRange.from_inclusive(caption.start_frame, caption.end_frame)
        median = object_keys.median(prefix, frames)
        stored = [median] if await self._store.stat(median) is not None else []
        expires_at = self._expiry()
        urls = await self._store.presigned_gets(
            [object_keys.chunk(prefix, each.chunk) for each in places] + stored, self._lifetime_s
        )
        return CaptionStrip(
            caption_id=caption.id,
            track=caption.track,
            cropped_frames_version=caption.cropped_frames_version,
            pictures=[
                each.picture(url, video.start_seconds)
                for each, url in zip(places, urls[: len(places)], strict=True)
            ],
            median_url=urls[-1] if stored else None,
            expires_at=expires_at,
        )

    async def _manifest(self, prefix: str) -> bytes:
        try:
            return await self._store.get(
                object_keys.manifest(prefix), max_bytes=_LARGEST_MANIFEST_BYTES
            )
        except PermanentError as error:
            if error.code is not ErrorCode.OBJECT_MISSING:
                raise
            message = "The store does not have the cropped frames of this track."
            raise NotFoundError(message) from error

    def _expiry(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self._lifetime_s)


def _owner(video: Video) -> tuple[TenantId, VideoId]:
    return TenantId(video.tenant_id), VideoId(video.id)


def _page(body: bytes, asked: ChunksAsked) -> tuple[Manifest, list[tuple[ManifestChunk, ChunkId]]]:
    """The manifest, and the chunks of a page in its order; one more if there are more pages."""
    manifest = msgspec.json.decode(body, type=Manifest)
    begin = 0
    if asked.after is not None:
        paths = [chunk.path for chunk in manifest.chunks]
        begin = paths.index(asked.after) + 1 if asked.after in paths else len(paths)
    found = ((chunk, ChunkId.of_path(chunk.path)) for chunk in manifest.chunks[begin:])
    chosen = (
        (chunk, place)
        for chunk, place in found
        if asked.level in (None, place.level) and place.overlaps(asked.first_frame, asked.end_frame)
    )
    return manifest, list(islice(chosen, asked.limit + 1))

"""The pictures of the report: the video, one frame, the first and last frame of each caption."""

import asyncio
import io
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import av
import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.frames.chunks import chunk_of
from captionacc_contracts.frames.frame_index import FULL_FRAME_RATE, index_step
from captionacc_contracts.frames.frame_index import seconds as seconds_at
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_exports.writers.captions_json import Caption
from captionacc_media.cropping.chunk_decoding import chunk_frames
from captionacc_media.frames.tone_mapping import is_hdr, tone_mapped
from captionacc_wasabi.store import ObjectStore
from PIL import Image

from captionacc_cli.report.media_views import Ends, Media, data_address
from captionacc_cli.report.video import picture_at, shown_video


class _Size(msgspec.Struct, frozen=True, kw_only=True):
    """The most pixels that a picture is high, and its quality as a WebP."""

    height: int
    quality: int


_FULL_FRAME_STEP = index_step(FULL_FRAME_RATE)
# A person reads the text in the first size. In the second one, a thousand captions, as an hour of
# video has, have two pictures of 1 to 2 KB each: the page stays below 10 MB with its video.
_SIZES = (_Size(height=96, quality=60), _Size(height=56, quality=40))
_MANY_CAPTIONS = 400
# A quarter of the time of the encoder's default, 4, for 5 % more bytes (20 pictures of 713 x 96).
_WEBP_METHOD = 2
# Chunks are small files, so a few requests at the same time hide the waiting.
_CHUNKS_AT_ONCE = 8


async def gather(
    *,
    video: Path,
    directory: Path,
    store: ObjectStore,
    tenant: UUID,
    video_id: UUID,
    version: int | None,
    full_frame_count: int,
    captions: Sequence[Caption],
    start_s: float,
    progress: Callable[[int, int], None],
) -> Media:
    """Collect every picture of the page; a missing picture is left out, and a note says so.

    Args:
        video: the video's file.
        directory: the folder of the page, which links to the file from there.
        store: has the pictures of the other arguments' video.
        tenant: the owner of the video.
        video_id: the video.
        version: the version of its cropped frames; None when there is none.
        full_frame_count: how many full frames are stored.
        captions: each gets two pictures.
        start_s: the time of the first picture on the clock of the file.
        progress: gets how many pictures are done, and how many there are.
    """
    owner = (TenantId(tenant), VideoId(video_id))
    stop = threading.Event()
    try:
        (address, note), frame, pictures = await asyncio.gather(
            asyncio.to_thread(shown_video, video, directory, stop, start_s),
            _frame(store, owner, full_frame_count, captions, video, start_s),
            _pictures(store, owner, version, captions, progress),
        )
    finally:
        # A thread cannot be cancelled, and the command waits for it when it exits.
        stop.set()
    return Media(
        video=address,
        video_note=note,
        frame=frame[0],
        frame_note=frame[1],
        ends={
            caption.id: Ends(
                first=pictures.get((caption.track, caption.start_frame)),
                last=pictures.get((caption.track, caption.end_frame)),
            )
            for caption in captions
        },
    )


async def _frame(
    store: ObjectStore,
    owner: tuple[TenantId, VideoId],
    count: int,
    captions: Sequence[Caption],
    video: Path,
    start_s: float,
) -> tuple[str | None, str]:
    """A picture that shows captions of as many tracks as possible, and a note about it.

    That is a stored full frame. Where none of them shows a caption, it is the picture in the middle
    of the first caption.
    """
    searched = " Captions were searched for in the marked parts." if captions else ""
    indices = [number * _FULL_FRAME_STEP for number in range(count)]
    index = max(indices, key=lambda i: _tracks_at(captions, i), default=None)
    if captions and (index is None or not _tracks_at(captions, index)):
        middle = (captions[0].start_seconds + captions[0].end_seconds) / 2
        data = await asyncio.to_thread(picture_at, video, middle - start_s)
        if data is not None:
            note = f"The picture at {middle:.1f} s, in the first caption.{searched}"
            return data_address(data, "image/jpeg"), note
    if index is None:
        return None, ""
    try:
        data = await store.get(object_keys.full_frame(*owner, index))
    except CaptionAccError:
        return None, ""
    note = f"The frame at {seconds_at(index):.0f} s.{searched}"
    return data_address(data, "image/jpeg"), note


def _tracks_at(captions: Sequence[Caption], index: int) -> int:
    """How many tracks show a caption at a frame."""
    return len({c.track for c in captions if c.start_frame <= index <= c.end_frame})


async def _pictures(
    store: ObjectStore,
    owner: tuple[TenantId, VideoId],
    version: int | None,
    captions: Sequence[Caption],
    progress: Callable[[int, int], None],
) -> dict[tuple[int, int], str]:
    """The first and last frame of every caption from the stored chunks, by track and frame."""
    if version is None:
        return {}
    size = _SIZES[len(captions) > _MANY_CAPTIONS]
    ends = {(c.track, frame) for c in captions for frame in (c.start_frame, c.end_frame)}
    wanted: dict[tuple[int, str], list[int]] = {}
    for track, frame in sorted(ends):
        prefix = object_keys.chunks_prefix(*owner, version, track)
        key = object_keys.chunk(prefix, chunk_of(frame))
        wanted.setdefault((track, key), []).append(frame)
    gate = asyncio.Semaphore(_CHUNKS_AT_ONCE)
    found: dict[tuple[int, int], str] = {}

    async def one(track: int, key: str, frames: list[int]) -> None:
        async with gate:
            try:
                data = await store.get(key)
                pictures = await asyncio.to_thread(_decode, data, frames, size)
            except CaptionAccError:
                return
            found.update({(track, frame): address for frame, address in pictures.items()})
            progress(len(found), len(ends))

    async with asyncio.TaskGroup() as group:
        for (track, key), frames in wanted.items():
            group.create_task(one(track, key, frames))
    return found


def _decode(data: bytes, frames: Sequence[int], size: _Size) -> dict[int, str]:
    return {index: _webp(frame, size) for index, frame in chunk_frames(data, frames)}


def _webp(frame: av.VideoFrame, size: _Size) -> str:
    scale = min(1.0, size.height / frame.height)
    pixels = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    if is_hdr(frame):
        image = Image.fromarray(tone_mapped(frame, *pixels))
    else:
        image = Image.fromarray(frame.to_ndarray(format="rgb24")).resize(pixels)
    target = io.BytesIO()
    image.save(target, "WEBP", quality=size.quality, method=_WEBP_METHOD)
    return data_address(target.getvalue(), "image/webp")

"""The pictures of the report: the video, one frame, one strip per caption."""

import asyncio
import io
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import av
from captionacc_contracts import object_keys
from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.frames.chunks import chunk_of, position_of
from captionacc_contracts.frames.frame_index import FULL_FRAME_RATE, index_step
from captionacc_contracts.frames.frame_index import seconds as seconds_at
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_exports.writers.captions_json import Caption
from captionacc_media.frames.tone_mapping import is_hdr, tone_mapped
from captionacc_wasabi.store import ObjectStore
from PIL import Image

from captionacc_cli.report.page import Media, data_address
from captionacc_cli.report.video import shown_video

_FULL_FRAME_STEP = index_step(FULL_FRAME_RATE)
# High enough to read the text in the table.
_STRIP_HEIGHT = 96
# Set by hand: a strip of this quality takes 2 to 4 KB, and an hour of video has about a thousand.
_STRIP_QUALITY = 60
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
        captions: each gets a strip.
        start_s: the time of the first picture on the clock of the file.
        progress: gets how many captions have their strip, and how many captions there are.
    """
    owner = (TenantId(tenant), VideoId(video_id))
    stop = threading.Event()
    try:
        (address, note), frame, strips = await asyncio.gather(
            asyncio.to_thread(shown_video, video, directory, stop, start_s),
            _frame(store, owner, full_frame_count, captions),
            _strips(store, owner, version, captions, progress),
        )
    finally:
        # A thread cannot be cancelled, and the command waits for it when it exits.
        stop.set()
    return Media(
        video=address,
        video_note=note,
        frame=frame[0],
        frame_note=frame[1],
        thumbnails=strips,
    )


async def _frame(
    store: ObjectStore,
    owner: tuple[TenantId, VideoId],
    count: int,
    captions: Sequence[Caption],
) -> tuple[str | None, str]:
    """The stored full frame that shows captions of the most tracks, and a note about it."""
    indices = [number * _FULL_FRAME_STEP for number in range(count)]
    if not indices:
        return None, ""
    index = max(indices, key=lambda i: len({c.track for c in captions if _shows(c, i)}))
    try:
        data = await store.get(object_keys.full_frame(*owner, index))
    except CaptionAccError:
        return None, ""
    note = f"The frame at {seconds_at(index):.0f} s."
    if captions:
        note += " Captions were searched for in the marked parts."
    return data_address(data, "image/jpeg"), note


async def _strips(
    store: ObjectStore,
    owner: tuple[TenantId, VideoId],
    version: int | None,
    captions: Sequence[Caption],
    progress: Callable[[int, int], None],
) -> dict[int, str]:
    """The middle frame of every caption from the stored chunks, keyed by the caption's id."""
    if version is None:
        return {}
    wanted: dict[str, list[Caption]] = {}
    for caption in captions:
        prefix = object_keys.chunks_prefix(*owner, version, caption.track)
        key = object_keys.chunk(prefix, chunk_of(_middle(caption)))
        wanted.setdefault(key, []).append(caption)
    gate = asyncio.Semaphore(_CHUNKS_AT_ONCE)
    found: dict[int, str] = {}

    async def one(key: str, held: list[Caption]) -> None:
        async with gate:
            try:
                data = await store.get(key)
            except CaptionAccError:
                return
            pictures = await asyncio.to_thread(
                _decode, data, {position_of(_middle(caption)): caption for caption in held}
            )
            found.update(pictures)
            progress(len(found), len(captions))

    async with asyncio.TaskGroup() as group:
        for key, held in wanted.items():
            group.create_task(one(key, held))
    return found


def _shows(caption: Caption, index: int) -> bool:
    return caption.start_frame <= index <= caption.end_frame


def _middle(caption: Caption) -> int:
    return (caption.start_frame + caption.end_frame) // 2


def _decode(data: bytes, wanted: dict[int, Caption]) -> dict[int, str]:
    found: dict[int, str] = {}
    with av.open(io.BytesIO(data), "r") as container:
        for position, frame in enumerate(container.decode(video=0)):
            if position in wanted:
                found[wanted[position].id] = _webp(frame)
    return found


def _webp(frame: av.VideoFrame) -> str:
    scale = min(1.0, _STRIP_HEIGHT / frame.height)
    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    if is_hdr(frame):
        image = Image.fromarray(tone_mapped(frame, *size))
    else:
        image = Image.fromarray(frame.to_ndarray(format="rgb24")).resize(size)
    target = io.BytesIO()
    image.save(target, "WEBP", quality=_STRIP_QUALITY)
    return data_address(target.getvalue(), "image/webp")

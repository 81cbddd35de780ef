"""The pictures of the report: the video or a small preview, one frame, one strip per caption."""

import asyncio
import io
import threading
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import av
import numpy as np
from av.video.stream import VideoStream
from captionacc_contracts import object_keys
from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.frames.chunks import chunk_of, position_of
from captionacc_contracts.frames.frame_index import FULL_FRAME_RATE, index_step
from captionacc_contracts.frames.frame_index import seconds as seconds_at
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_exports.writers.captions_json import Caption
from captionacc_media.frames.container import VideoSource, open_video, upright
from captionacc_media.frames.tone_mapping import is_hdr, tone_mapped
from captionacc_wasabi.store import ObjectStore
from PIL import Image

from captionacc_cli.report.page import Media, data_address

# Set by hand: base64 adds a third to it, and a browser holds all of it in memory.
EMBEDDED_BYTES = 80_000_000
# Set by hand: wide enough to read captions, and a preview of half an hour stays small.
PREVIEW_WIDTH = 640
PREVIEW_S = 1800.0
# Set by hand: enough to follow the captions.
_PREVIEW_RATE = 12
# A later first picture would shift the subtitles by more than one frame index in a browser.
_LATE_S = 0.1
_FULL_FRAME_STEP = index_step(FULL_FRAME_RATE)
_PLAYABLE = {
    "mp4": ({"h264", "vp9", "av1"}, "video/mp4"),
    "webm": ({"vp8", "vp9", "av1"}, "video/webm"),
}
# High enough to read the text in the table.
_STRIP_HEIGHT = 96
# Chunks are small files, so a few requests at the same time hide the waiting.
_CHUNKS_AT_ONCE = 8


async def gather(
    *,
    video: Path,
    store: ObjectStore,
    tenant: UUID,
    video_id: UUID,
    version: int | None,
    full_frame_count: int,
    captions: Sequence[Caption],
    start_s: float,
) -> Media:
    """Collect every picture of the page; a missing picture is left out, and a note says so.

    ``start_s`` is the time of the first picture on the clock of the file.
    """
    owner = (TenantId(tenant), VideoId(video_id))
    stop = threading.Event()
    try:
        (address, note), frame, strips = await asyncio.gather(
            asyncio.to_thread(_video, video, stop, start_s),
            _frame(store, owner, full_frame_count, captions),
            _strips(store, owner, version, captions),
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


def _video(path: Path, stop: threading.Event, start_s: float) -> tuple[str | None, str]:
    """The video's address and a note about it; returns soon after ``stop`` is set."""
    try:
        with open_video(path) as source:
            kind = _playable_as(source)
            if kind is not None and path.stat().st_size <= EMBEDDED_BYTES:
                return data_address(path.read_bytes(), kind), "The original file."
            data, cut_s = _preview(source, stop, start_s)
    except (av.FFmpegError, OSError, CaptionAccError) as error:
        return None, f"The video could not be embedded in this page ({type(error).__name__})."
    shown = "" if cut_s is None else f" of the first {cut_s / 60:.0f} minutes"
    return data_address(data, "video/mp4"), f"A small preview{shown} without sound."


def _playable_as(source: VideoSource) -> str | None:
    """The media type of a file that browsers play in time with the captions, else None."""
    if source.first_pts * source.time_base > _LATE_S:
        return None
    names = source.container.format.name.split(",")
    # Matroska and WebM have the same demuxer; only the suffix webm means codecs of browsers.
    suffix = source.path.suffix.lower()
    name = "mp4" if "mp4" in names else "webm" if suffix == ".webm" else ""
    codecs, kind = _PLAYABLE.get(name, (set[str](), ""))
    return kind if source.codec in codecs else None


def _preview(
    source: VideoSource, stop: threading.Event, start_s: float
) -> tuple[bytes, float | None]:
    """Encode H.264 with the file's times, at most 640 pixels wide and 12 pictures per second.

    The first picture is shown from the start of the file on, even if it is later, because browsers
    differ in what they make of a video that begins late.

    Returns:
        The file, and the second at which a long preview was cut, or None if it was not cut.
    """
    target = io.BytesIO()
    scale = min(1.0, PREVIEW_WIDTH / source.width)
    width, height = (max(2, round(side * scale / 2) * 2) for side in (source.width, source.height))
    small = (height, width) if source.rotation in (90, 270) else (width, height)
    cut_s: float | None = None
    size = 0
    next_s = 0.0
    with av.open(target, "w", format="mp4") as container:
        stream = _preview_stream(container, width, height)
        for frame in source.frames():
            now = float(source.presentation_s(frame))
            if stop.is_set() or now > PREVIEW_S or size > EMBEDDED_BYTES:
                cut_s = now
                break
            if now + 1e-6 < next_s:
                continue
            next_s = now + 1 / _PREVIEW_RATE
            stored = frame.reformat(width=small[0], height=small[1], format="rgb24").to_ndarray()
            turned = np.ascontiguousarray(upright(stored.astype(np.uint8), source.rotation))
            picture = av.VideoFrame.from_ndarray(turned, "rgb24").reformat(format="yuv420p")
            picture.time_base = Fraction(1, 1000)
            picture.pts = round((start_s + now) * 1000) if now else 0
            packets = stream.encode(picture)
            size += sum(packet.size for packet in packets)
            container.mux(packets)
        container.mux(stream.encode())
    return target.getvalue(), cut_s


def _preview_stream(
    container: av.container.OutputContainer, width: int, height: int
) -> VideoStream:
    stream = container.add_stream("libx264", rate=_PREVIEW_RATE)
    stream.width, stream.height = width, height
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = Fraction(1, 1000)
    stream.options = {"preset": "veryfast", "crf": "30"}
    return stream


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
                found[wanted[position].id] = _jpeg(frame)
    return found


def _jpeg(frame: av.VideoFrame) -> str:
    scale = min(1.0, _STRIP_HEIGHT / frame.height)
    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    if is_hdr(frame):
        image = Image.fromarray(tone_mapped(frame, *size))
    else:
        image = Image.fromarray(frame.to_ndarray(format="rgb24")).resize(size)
    target = io.BytesIO()
    image.save(target, "JPEG", quality=78)
    return data_address(target.getvalue(), "image/jpeg")

"""The report's pictures: the video itself or a small preview, one frame, a strip a caption."""

import asyncio
import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import av
from av.video.stream import VideoStream
from captionacc_contracts import object_keys
from captionacc_contracts.chunks import ChunkId, chunk_of, position_of
from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_wasabi.store import ObjectStore
from PIL import Image

from captionacc_local.report.page import Media, data_address
from captionacc_local.results import Caption

EMBEDDED_BYTES = 80_000_000
PREVIEW_WIDTH = 640
_PREVIEW_RATE = 12
_FULL_FRAME_STEP = 100
_PLAYABLE = {
    "mp4": ({"h264", "vp9", "av1"}, "video/mp4"),
    "webm": ({"vp8", "vp9", "av1"}, "video/webm"),
}
_STRIP_HEIGHT = 96
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
) -> Media:
    """Everything that the page shows; what cannot be had is left out and said."""
    owner = (TenantId(tenant), VideoId(video_id))
    (address, note), frame, strips = await asyncio.gather(
        asyncio.to_thread(_video, video),
        _frame(store, owner, full_frame_count, captions),
        _strips(store, owner, version, captions),
    )
    return Media(
        video=address,
        video_note=note,
        frame=frame[0],
        frame_note=frame[1],
        thumbnails=strips,
    )


def _video(path: Path) -> tuple[str | None, str]:
    try:
        kind = _playable_as(path)
        if kind is not None and path.stat().st_size <= EMBEDDED_BYTES:
            return data_address(path.read_bytes(), kind), "The file as it was given."
        return data_address(_preview(path), "video/mp4"), "A small preview of the file, no sound."
    except (av.FFmpegError, OSError, IndexError) as error:
        return None, f"The video could not be put into this page ({type(error).__name__})."


def _playable_as(path: Path) -> str | None:
    """Media type under which browsers play the file, if they do."""
    with av.open(str(path)) as container:
        codec = container.streams.video[0].codec_context.name
        names = container.format.name.split(",")
    # Matroska and WebM share a demuxer; only the latter's suffix promises a browser's codecs.
    name = "mp4" if "mp4" in names else "webm" if path.suffix.lower() == ".webm" else ""
    codecs, kind = _PLAYABLE.get(name, (set[str](), ""))
    return kind if codec.removeprefix("lib") in codecs else None


def _preview(path: Path) -> bytes:
    """H.264 at most 640 pixels wide, at most 12 pictures a second, with the times of the source."""
    target = io.BytesIO()
    with av.open(str(path)) as source, av.open(target, "w", format="mp4") as container:
        original = source.streams.video[0]
        original.thread_type = "AUTO"
        stream: VideoStream | None = None
        first: float | None = None
        next_s = 0.0
        for frame in source.decode(original):
            now = float(frame.time or 0.0)
            first = now if first is None else first
            if now - first + 1e-6 < next_s:
                continue
            next_s = now - first + 1 / _PREVIEW_RATE
            if stream is None:
                stream = _preview_stream(container, frame)
            small = frame.reformat(width=stream.width, height=stream.height, format="yuv420p")
            small.time_base = Fraction(1, 1000)
            small.pts = round((now - first) * 1000)
            container.mux(stream.encode(small))
        if stream is not None:
            container.mux(stream.encode())
    return target.getvalue()


def _preview_stream(container: av.container.OutputContainer, frame: av.VideoFrame) -> VideoStream:
    stream = container.add_stream("libx264", rate=_PREVIEW_RATE)
    scale = min(1.0, PREVIEW_WIDTH / frame.width)
    stream.width = max(2, round(frame.width * scale / 2) * 2)
    stream.height = max(2, round(frame.height * scale / 2) * 2)
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
    """A stored full frame, one that shows a caption when there is such a one."""
    indices = [number * _FULL_FRAME_STEP for number in range(count)]
    if not indices:
        return None, ""
    index = next(
        (i for i in indices if any(c.start_frame <= i <= c.end_frame for c in captions)), indices[0]
    )
    try:
        data = await store.get(object_keys.full_frame(*owner, index))
    except CaptionAccError:
        return None, ""
    note = (
        f"The frame at {index / 10:.0f} s. What lies in the light part was searched for captions."
    )
    return data_address(
        data, "image/jpeg"
    ), note if captions else f"The frame at {index / 10:.0f} s."


async def _strips(
    store: ObjectStore,
    owner: tuple[TenantId, VideoId],
    version: int | None,
    captions: Sequence[Caption],
) -> dict[int, str]:
    """The middle frame of every caption, out of the stored chunks, by the caption's first frame."""
    if version is None:
        return {}
    prefix = object_keys.chunks_prefix(*owner, version)
    wanted: dict[ChunkId, list[Caption]] = {}
    for caption in captions:
        wanted.setdefault(chunk_of(_middle(caption)), []).append(caption)
    gate = asyncio.Semaphore(_CHUNKS_AT_ONCE)
    found: dict[int, str] = {}

    async def one(chunk: ChunkId, held: list[Caption]) -> None:
        async with gate:
            try:
                data = await store.get(object_keys.chunk(prefix, chunk))
            except CaptionAccError:
                return
            pictures = await asyncio.to_thread(
                _decode, data, {position_of(_middle(caption)): caption for caption in held}
            )
            found.update(pictures)

    async with asyncio.TaskGroup() as group:
        for chunk, held in wanted.items():
            group.create_task(one(chunk, held))
    return found


def _middle(caption: Caption) -> int:
    return (caption.start_frame + caption.end_frame) // 2


def _decode(data: bytes, wanted: dict[int, Caption]) -> dict[int, str]:
    found: dict[int, str] = {}
    with av.open(io.BytesIO(data), "r") as container:
        for position, frame in enumerate(container.decode(video=0)):
            if position in wanted:
                found[wanted[position].start_frame] = _jpeg(frame)
    return found


def _jpeg(frame: av.VideoFrame) -> str:
    scale = min(1.0, _STRIP_HEIGHT / frame.height)
    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    image = Image.fromarray(frame.to_ndarray(format="rgb24")).resize(size)
    target = io.BytesIO()
    image.save(target, "JPEG", quality=78)
    return data_address(target.getvalue(), "image/jpeg")

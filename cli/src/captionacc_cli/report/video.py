"""The video of the report: embedded if it is small, else a link to its file or a preview."""

import io
import os
import threading
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

import av
import numpy as np
from av.video.stream import VideoStream
from captionacc_contracts.errors import CaptionAccError
from captionacc_media.frames.container import VideoSource, open_video, upright
from captionacc_media.frames.opening import open_container, video_stream
from captionacc_media.frames.tone_mapping import is_hdr, tone_mapped
from PIL import Image

from captionacc_cli.report.media_views import data_address

# Set by hand: with base64 and a picture for each caption, the page of an hour stays below 10 MB.
EMBEDDED_BYTES = 4_000_000
# Set by hand: wide enough to read captions.
PREVIEW_WIDTH = 640
# Set by hand: a picture takes 3 to 8 KB, so these fit in ``EMBEDDED_BYTES``.
PREVIEW_PICTURES = 480
# A later first picture would shift the subtitles by more than one frame index in a browser.
_LATE_S = 0.1
_PLAYABLE = {
    "mp4": ({"h264", "vp9", "av1"}, "video/mp4"),
    "webm": ({"vp8", "vp9", "av1"}, "video/webm"),
}


def shown_video(
    path: Path, directory: Path, stop: threading.Event, start_s: float
) -> tuple[str | None, str]:
    """The video's address, or None if it cannot be shown, and a note about it.

    A preview costs little: only key frames are decoded. It stops soon after ``stop`` is set.

    Args:
        path: the video.
        directory: the folder of the page.
        stop: set when nobody waits for the address any more.
        start_s: the time of the first picture on the clock of the file.
    """
    try:
        with open_video(path) as source:
            kind = _playable_as(source)
            if kind is None:
                return data_address(_preview(source, stop, start_s), "video/mp4"), (
                    "Pictures of the video, a few seconds apart, without sound: browsers do not"
                    " play this kind of file."
                )
            if path.stat().st_size <= EMBEDDED_BYTES:
                return data_address(path.read_bytes(), kind), "The original file."
            return link(path, directory), (
                f"The original file, {os.fsencode(path.name).decode(errors='replace')}: this page"
                " finds it as long as neither of them is moved."
            )
    except (av.FFmpegError, OSError, CaptionAccError) as error:
        return None, f"The video could not be shown in this page ({type(error).__name__})."


def picture_at(path: Path, seconds: float) -> bytes | None:
    """The picture of a video at a time, as a JPEG; None if it cannot be decoded.

    Args:
        path: the video.
        seconds: the time, counted from the first picture.
    """
    try:
        with open_video(path) as source, open_container(path) as container:
            stream = video_stream(container)
            pts = source.first_pts + round(seconds / source.time_base)
            container.seek(pts, stream=stream)
            for frame in container.decode(stream):
                if frame.pts is not None and frame.pts >= pts:
                    return _jpeg(frame, source.rotation)
    except (av.FFmpegError, OSError, CaptionAccError):
        return None
    return None


def _jpeg(frame: av.VideoFrame, rotation: int) -> bytes:
    scale = min(1.0, PREVIEW_WIDTH / max(frame.width, frame.height))
    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    if is_hdr(frame):
        stored = tone_mapped(frame, *size)
    else:
        small = frame.reformat(width=size[0], height=size[1], format="rgb24")
        stored = small.to_ndarray().astype(np.uint8)
    target = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(upright(stored, rotation))).save(target, "JPEG")
    return target.getvalue()


def link(path: Path, directory: Path) -> str:
    """The relative address of ``path`` in a page that lies in ``directory``."""
    relative = os.path.relpath(path.resolve(), directory.resolve())
    # A colon in the first part would make the browser take it for a scheme.
    return "./" + quote(os.fsencode(relative))


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


def _preview(source: VideoSource, stop: threading.Event, start_s: float) -> bytes:
    """Key frames as H.264 with the file's times, at most 640 pixels wide.

    The first picture is shown from the start of the file on, even if it is later, because browsers
    differ in what they make of a video that begins late.
    """
    target = io.BytesIO()
    scale = min(1.0, PREVIEW_WIDTH / source.width)
    width, height = (max(2, round(side * scale / 2) * 2) for side in (source.width, source.height))
    small = (height, width) if source.rotation in (90, 270) else (width, height)
    size = 0
    with av.open(target, "w", format="mp4") as container:
        stream = _preview_stream(container, width, height)
        for frame in source.key_frames(every_s=source.duration_seconds / PREVIEW_PICTURES):
            if stop.is_set() or size > EMBEDDED_BYTES:
                break
            now = float(source.presentation_s(frame))
            stored = frame.reformat(width=small[0], height=small[1], format="rgb24").to_ndarray()
            turned = np.ascontiguousarray(upright(stored.astype(np.uint8), source.rotation))
            picture = av.VideoFrame.from_ndarray(turned, "rgb24").reformat(format="yuv420p")
            picture.time_base = Fraction(1, 1000)
            picture.pts = round((start_s + now) * 1000) if now else 0
            packets = stream.encode(picture)
            size += sum(packet.size for packet in packets)
            container.mux(packets)
        container.mux(stream.encode())
    return target.getvalue()


def _preview_stream(
    container: av.container.OutputContainer, width: int, height: int
) -> VideoStream:
    stream = container.add_stream("libx264", rate=1)
    stream.width, stream.height = width, height
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = Fraction(1, 1000)
    stream.options = {"preset": "veryfast", "crf": "30", "tune": "zerolatency"}
    return stream

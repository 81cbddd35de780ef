"""Draws captions over backgrounds, compresses the pictures with a codec, and makes bands."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_media.cropping.band import BAND_HEIGHT, BAND_WIDTH, luma_band
from captionacc_media.cropping.crop import Cropper
from captionacc_media.cropping.cropped_grid import cropped_grid
from captionacc_media.frames.container import open_video
from numpy.typing import NDArray

from captionacc_training.data.footage import Luma
from captionacc_training.data.lettering import Layer, Plane

TICKS = 1000
"""Ticks per second of the clock of the videos."""

CODECS = {
    "libx264": {"preset": "veryfast"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=error:pools=none"},
    "libvpx-vp9": {"b:v": "0", "deadline": "realtime", "cpu-used": "8"},
}

PART = 2
"""Side in band pixels of the smallest part whose stroke coverage is known."""


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Progress of a karaoke sweep in each frame (0 to 1), and the luma of the swept part."""

    share: NDArray[np.float32]
    fill: int


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A layer and its opacity in each frame (0 to 1)."""

    layer: Layer
    alpha: NDArray[np.float32]
    sweep: Sweep | None = None


def composite(backgrounds: Luma, shown: Sequence[Shown]) -> Luma:
    """Draw the layers over (frames, height, width) backgrounds; the last layer is on top.

    As in editing programs, a caption fades as a whole: its parts are put together first.
    """
    out = np.empty_like(backgrounds)
    for k, ground in enumerate(backgrounds):
        picture = ground.astype(np.float32)
        for item in shown:
            alpha = float(item.alpha[k]) * item.layer.style.opacity
            if alpha <= 0:
                continue
            layer = item.layer
            light: Plane = np.zeros((1, 1), np.float32)
            bare: Plane = np.ones((1, 1), np.float32)
            parts: list[tuple[Plane, Plane | float]] = [
                (layer.under, float(layer.style.edge)),
                (layer.glyphs, _fill(item, k)),
            ]
            if layer.outer is not None:
                parts.insert(0, (layer.outer, float(layer.style.fill)))
            for cover, tone in parts:
                light = light * (1 - cover) + cover * tone
                bare = bare * (1 - cover)
            picture = picture * (1 - alpha * (1 - bare)) + alpha * light
        out[k] = np.clip(picture + 0.5, 0, 255)
    return out


def _fill(item: Shown, k: int) -> Plane | float:
    if item.sweep is None:
        return float(item.layer.style.fill) if item.layer.tone is None else item.layer.tone
    columns = np.flatnonzero(item.layer.glyphs.max(0) > 0.2)
    fill = np.full((1, item.layer.glyphs.shape[1]), item.layer.style.fill, np.float32)
    if len(columns):
        end = columns[0] + int(item.sweep.share[k] * (columns[-1] + 1 - columns[0]))
        fill[:, :end] = item.sweep.fill
    return fill


def through_codec(rng: np.random.Generator, frames: Luma) -> Luma:
    """The frames after compression with a random codec; three clips in ten stay unchanged."""
    choice = rng.random()
    if choice < 0.3:
        return frames
    if choice < 0.55:
        quality = int(rng.integers(25, 90))
        return np.stack([_jpeg(frame, quality) for frame in frames])
    if choice < 0.95:
        return encode_video(frames, "libx264", int(rng.integers(18, 38)))
    return encode_video(frames, "libvpx-vp9", int(rng.integers(20, 46)))


def encode_video(frames: Luma, codec: str, quality: int) -> Luma:
    """Encode at 10 Hz and constant quality, and decode again."""
    height, width = frames.shape[1:]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        _encode(container, frames, codec, quality, np.arange(len(frames)) / INDICES_PER_SECOND)
    buffer.seek(0)
    with av.open(buffer, "r") as coded:
        coded.streams.video[0].thread_count = 1
        decoded = [frame.to_ndarray()[:height, :width] for frame in coded.decode(video=0)]
    return np.stack(decoded)


def bands_of_video(
    frames: Luma, codec: str, quality: int, times: NDArray[np.float64], folder: Path
) -> Luma:
    """The bands at 10 Hz of a video, made as in use.

    Args:
        frames: the pictures of the video, (n, height, width).
        codec: a key of `CODECS`.
        quality: the constant rate factor of the codec.
        times: start of each picture in seconds.
        folder: the video file is written into it.
    """
    path = folder / "sequence.mkv"
    with av.open(str(path), "w") as container:
        _encode(container, frames, codec, quality, times)
    region = CropRegion(crop_left=0, crop_top=0, crop_right=1, crop_bottom=1)
    with open_video(path) as source:
        cropper = Cropper(source, region)
        return np.stack([luma_band(picture.luma) for _, picture in cropped_grid(source, cropper)])


def _encode(
    container: OutputContainer,
    frames: Luma,
    codec: str,
    quality: int,
    times: NDArray[np.float64],
) -> None:
    height, width = frames.shape[1:]
    stream = cast(VideoStream, container.add_stream(codec, rate=INDICES_PER_SECOND))
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.time_base = Fraction(1, TICKS)
    options: dict[str, object] = {**CODECS[codec], "crf": str(quality)}
    stream.options = options
    stream.thread_count = 1
    picture = np.full((height * 3 // 2, width), 128, np.uint8)
    for luma, time in zip(frames, times, strict=True):
        picture[:height] = luma
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts, frame.time_base = round(time * TICKS), Fraction(1, TICKS)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def to_bands(frames: Luma) -> Luma:
    """Convert each frame to a band of the model."""
    return np.stack([luma_band(frame) for frame in frames])


def stroke_coverage(plane: Plane) -> Plane:
    """The mean of a (height, width) plane over each 2 x 2 pixels of the band: (32, 256)."""
    size = (BAND_WIDTH // PART, BAND_HEIGHT // PART)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _jpeg(frame: Luma, quality: int) -> Luma:
    _, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)

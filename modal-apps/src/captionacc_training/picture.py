"""Lay captions over backgrounds, send the pictures through a codec, and make bands of them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from captionacc_media.extents.band import BAND_HEIGHT, BAND_WIDTH, luma_band
from numpy.typing import NDArray

from captionacc_training.footage import Luma
from captionacc_training.lettering import Layer, Plane

CELL = 8


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """How far a karaoke sweep has come in each frame, 0 to 1, and the tone it leaves behind."""

    share: NDArray[np.float32]
    fill: int


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A layer, and how opaque it is in each frame."""

    layer: Layer
    alpha: NDArray[np.float32]
    sweep: Sweep | None = None


def composite(backgrounds: Luma, shown: Sequence[Shown]) -> Luma:
    """Draw the layers, first to last, over (frames, height, width) backgrounds."""
    out = np.empty_like(backgrounds)
    for k, ground in enumerate(backgrounds):
        picture = ground.astype(np.float32)
        for item in shown:
            alpha = float(item.alpha[k]) * item.layer.style.opacity
            if alpha <= 0:
                continue
            under = item.layer.under * alpha
            picture += under * (item.layer.style.edge - picture)
            picture += item.layer.glyphs * alpha * (_fill(item, k) - picture)
        out[k] = np.clip(picture + 0.5, 0, 255)
    return out


def _fill(item: Shown, k: int) -> Plane | float:
    if item.sweep is None:
        return float(item.layer.style.fill)
    columns = np.flatnonzero(item.layer.glyphs.max(0) > 0.2)
    fill = np.full((1, item.layer.glyphs.shape[1]), item.layer.style.fill, np.float32)
    if len(columns):
        end = columns[0] + int(item.sweep.share[k] * (columns[-1] + 1 - columns[0]))
        fill[:, :end] = item.sweep.fill
    return fill


def through_codec(rng: np.random.Generator, frames: Luma) -> Luma:
    """The frames as a compressed video would show them; three in ten stay as they are."""
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
    """Encode as H.264 or VP9 at a constant quality and decode again."""
    height, width = frames.shape[1:]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream = cast(VideoStream, container.add_stream(codec, rate=10))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        if codec == "libx264":
            stream.options = {"crf": str(quality), "preset": "veryfast"}
        else:
            stream.options = {
                "crf": str(quality),
                "b:v": "0",
                "deadline": "realtime",
                "cpu-used": "8",
            }
        stream.thread_count = 1
        picture = np.full((height * 3 // 2, width), 128, np.uint8)
        for luma in frames:
            picture[:height] = luma
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p")))
        container.mux(stream.encode(None))
    buffer.seek(0)
    with av.open(buffer, "r") as coded:
        coded.streams.video[0].thread_count = 1
        decoded = [frame.to_ndarray()[:height, :width] for frame in coded.decode(video=0)]
    return np.stack(decoded)


def to_bands(frames: Luma) -> Luma:
    """Each frame as the model's band."""
    return np.stack([luma_band(frame) for frame in frames])


def cell_shares(plane: Plane) -> Plane:
    """The mean of a (height, width) plane in each of the 8 by 64 cells of the band."""
    band = cv2.resize(plane, (BAND_WIDTH, BAND_HEIGHT), interpolation=cv2.INTER_AREA)
    rows, columns = BAND_HEIGHT // CELL, BAND_WIDTH // CELL
    return np.asarray(band.reshape(rows, CELL, columns, CELL).mean((1, 3)), np.float32)


def _jpeg(frame: Luma, quality: int) -> Luma:
    _, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)

"""Lays everything over the footage and encodes it as web video."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.layout.drawing.footage import Background
from benchmarks.layout.drawing.layers import Layer
from benchmarks.layout.drawing.patch import lay_over


def encode(
    path: Path,
    background: Background,
    layers: Sequence[Layer],
    *,
    seconds: float,
    frame_rate: int,
    rng: np.random.Generator,
) -> None:
    """Write an mp4 with a random quality and a random distance of key frames, 2 to 10 s."""
    part = path.with_suffix(".part.mp4")
    with av.open(str(part), "w") as container:
        stream = container.add_stream("libx264", rate=frame_rate)
        stream.width, stream.height, stream.pix_fmt = background.width, background.height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, frame_rate)
        stream.thread_count = 1
        stream.options = {
            "preset": "superfast",
            "crf": str(int(rng.integers(22, 30))),
            "g": str(round(frame_rate * rng.uniform(2, 10))),
            # Services that cut videos into segments place key frames by the clock alone.
            "sc_threshold": "0" if rng.random() < 0.3 else "40",
        }
        seen: tuple[object, ...] | None = None
        frame = None
        for number in range(round(seconds * frame_rate)):
            at = number / frame_rate
            shown = [item for layer in layers for item in layer.shown(at)]
            state = (background.step(at), *((id(patch), alpha) for patch, alpha in shown))
            if state != seen or frame is None:
                picture = background.picture(at)
                for patch, opacity in shown:
                    lay_over(picture, patch, opacity)
                planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), np.uint8)
                frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
                seen = state
            frame.pts, frame.time_base = number, Fraction(1, frame_rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    part.rename(path)

"""Tiny clips with captions, made by PyAV and PIL in a few hundredths of a second.

Every picture differs from its neighbours: a bar moves across it, and its brightness depends on its
number. A test can therefore tell one frame from the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

TIME_BASE = Fraction(1, 90_000)
_WITHOUT_CLOCK = {".avi", ".h264", ".hevc", ".m2v"}
"""AVI and bare streams count frames and know no other clock."""


BOTTOM = 0.86
"""Where captions usually stand: the middle of the text, as a share of the picture's height."""


@dataclass(frozen=True, kw_only=True)
class ClipCaption:
    """``text`` on screen for ``[start_s, end_s)`` seconds from the first picture.

    Its middle is at ``y``, as a share of the picture's height.
    """

    start_s: float
    end_s: float
    text: str
    y: float = BOTTOM


def picture(
    size: tuple[int, int],
    number: int,
    text: str | None = None,
    font_path: Path | None = None,
    y: float = BOTTOM,
) -> npt.NDArray[np.uint8]:
    """Picture ``number`` of a clip, RGB; white text outlined in black, with its middle at ``y``."""
    width, height = size
    columns = np.linspace(60, 120, width)[None, :]
    rows = np.linspace(0, 40, height)[:, None]
    grey = (columns + rows + (number * 7) % 32).astype(np.uint8)
    rgb = np.stack([grey, grey // 2 + 40, 160 - grey // 2], axis=-1)
    bar = max(2, width // 20)
    left = (number * bar) % max(1, width - bar)
    rgb[: height // 2, left : left + bar] = (200, 60, 60)
    image = Image.fromarray(rgb)
    if text:
        font_size = max(10, height // 10)
        font = (
            ImageFont.truetype(str(font_path), font_size)
            if font_path
            else ImageFont.load_default(font_size)
        )
        ImageDraw.Draw(image).multiline_text(
            (width / 2, height * y),
            text,
            font=font,
            fill="white",
            stroke_fill="black",
            stroke_width=max(1, font_size // 12),
            anchor="mm",
            align="center",
        )
    return np.asarray(image)


def make_clip(
    path: Path,
    *,
    size: tuple[int, int] = (320, 180),
    fps: float | Fraction = 25,
    pts: Sequence[Fraction | float] | None = None,
    seconds: float = 3.0,
    captions: Sequence[ClipCaption | tuple[float, float, str]] = (),
    rotation: int = 0,
    audio: bool = False,
    start_s: float = 0.0,
    codec: str = "libx264",
    pix_fmt: str | None = None,
    options: dict[str, str] | None = None,
    font_path: Path | None = None,
    last_duration_s: Fraction | float | None = None,
) -> Path:
    """Write a clip to ``path``; its suffix chooses the container.

    ``size`` is that of the stored picture. ``pts`` are the presentation times in seconds of every
    picture, for a variable frame rate; else ``seconds`` at ``fps``. ``start_s`` is added to every
    time. ``rotation`` is how many degrees clockwise a player turns the picture. Odd sizes need a
    ``codec`` and ``pix_fmt`` that take them, such as ``ffv1`` with ``yuv444p`` in ``.mkv``.
    """
    rate = Fraction(fps).limit_denominator(100_000)
    times = (
        [Fraction(number) / rate for number in range(max(1, round(seconds * rate)))]
        if pts is None
        else [Fraction(time).limit_denominator(1_000_000) for time in pts]
    )
    ends = [*times[1:], times[-1] + Fraction(last_duration_s or 1 / rate)]
    shown = [
        c if isinstance(c, ClipCaption) else ClipCaption(start_s=c[0], end_s=c[1], text=c[2])
        for c in captions
    ]
    time_base = 1 / rate if path.suffix in _WITHOUT_CLOCK else TIME_BASE
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=options or _options(codec))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = pix_fmt or ("yuv420p")
        stream.time_base = time_base
        stream.codec_context.time_base = time_base
        stream.codec_context.thread_count = 1
        if rotation:
            stream.set_display_rotation(-rotation)
        sound = container.add_stream("aac", rate=44_100) if audio else None
        for number, (time, end) in enumerate(zip(times, ends, strict=True)):
            now = next((c for c in shown if c.start_s <= time < c.end_s), None)
            rgb = (
                picture(size, number, now.text, font_path, now.y)
                if now is not None
                else picture(size, number)
            )
            frame = av.VideoFrame.from_ndarray(rgb, "rgb24")
            frame = frame.reformat(format=stream.pix_fmt)
            frame.time_base = time_base
            frame.pts = round((time + Fraction(start_s)) / time_base)
            frame.duration = round((end - time) / time_base)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound is not None:
            _mux_tone(container, sound, float(ends[-1]))
    return path


def make_audio_only(path: Path, *, seconds: float = 1.0) -> Path:
    """Write a file with sound and without pictures."""
    with av.open(str(path), "w") as container:
        _mux_tone(container, container.add_stream("aac", rate=44_100), seconds)
    return path


def truncate(path: Path, share: float) -> Path:
    """Cut the file at ``path`` to ``share`` of its bytes, like a broken upload."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def _options(codec: str) -> dict[str, str]:
    match codec:
        case "libx264" | "libx265":
            return {"crf": "16", "preset": "ultrafast"}
        case "libvpx-vp9":
            return {"deadline": "realtime", "cpu-used": "8", "crf": "20", "b": "0"}
        case _:
            return {}


def _mux_tone(
    container: av.container.OutputContainer, stream: av.AudioStream, seconds: float
) -> None:
    samples = 1024
    for number in range(max(1, int(seconds * 44_100 / samples))):
        positions = np.arange(number * samples, (number + 1) * samples)
        wave = (0.1 * np.sin(positions * 2 * np.pi * 440 / 44_100)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(wave[None, :], format="fltp", layout="mono")
        frame.sample_rate = 44_100
        frame.pts = number * samples
        container.mux(stream.encode(frame))
    container.mux(stream.encode())

"""Draws real-like videos: moving footage, captions drawn by libass, encoded as services do.

Everything comes from installed packages, and libass from the machine; without libass, Pillow draws
the captions. A minute is drawn once; a video of several minutes joins minutes without encoding.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import cv2
import msgspec
import numpy as np
from captionacc_cli.demo.sample import footage
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_exports.writers.truth import TrueCaption, Truth

from benchmarks.layout.drawing import lettering, libass
from benchmarks.layout.drawing.patch import Patch, Picture, lay_over

FPS = 25
MINUTE_S = 60
DIFFERENT_MINUTES = 5
"""Longer videos show these minutes again and again: the work does not depend on news."""
# The settings that services for the web use: B-frames, and key frames at scene cuts and every 5 s.
_ENCODING: dict[str, object] = {"preset": "faster", "crf": "23", "g": str(5 * FPS), "bf": "3"}
_GRAIN = 2.5
_SHOT_S = (2.5, 9.0)
_CAPTION_S = (1.6, 4.4)
_GAP_S = (0.4, 2.4)
_SHARE_WITHOUT_GAP = 1 / 3
_SHARE_OF_TWO_LINES = 1 / 4
_STARTS = ("We never", "They always", "My sister", "Nobody here", "The old captain", "You should")
_MIDDLES = (
    "talked about",
    "walked along",
    "remembers",
    "wanted to sell",
    "looked after",
    "painted",
)
_ENDS = ("the harbour", "that blue house", "the last train", "his garden", "the bridge", "a letter")
_SECONDS = ("before the storm came", "until it was dark", "for twenty years", "when I was a child")


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """The size of the picture in pixels."""

    width: int
    height: int

    @property
    def megapixels(self) -> float:
        return self.width * self.height / 1e6


SIZES = {
    360: Size(width=640, height=360),
    720: Size(width=1280, height=720),
    1080: Size(width=1920, height=1080),
}
"""The usual sizes by the number of rows."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A video and the file of its known captions."""

    video: Path
    truth: Path


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A video, its length and its rows."""

    video: Drawn
    minutes: float
    rows: int


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A caption that shows in the pictures ``[first, end)`` of its minute."""

    first: int
    end: int
    text: str


def drawn(folder: Path, rows: int, *, minutes: int) -> Drawn:
    """A video of ``minutes`` and ``rows`` under ``folder``; it is made unless it is there."""
    here = folder / hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    here.mkdir(parents=True, exist_ok=True)
    made = Drawn(
        video=here / f"{minutes}-minutes-{rows}.mp4",
        truth=here / f"{minutes}-minutes-{rows}.truth.json",
    )
    if not made.truth.exists():
        numbers = [number % DIFFERENT_MINUTES for number in range(minutes)]
        for number in sorted(set(numbers)):
            _draw_minute(_minute(here, number, rows), number, SIZES[rows])
        _join(made.video, [_minute(here, number, rows) for number in numbers])
        made.truth.write_bytes(msgspec.json.encode(truth_of(numbers)))
    return made


def _minute(folder: Path, number: int, rows: int) -> Path:
    return folder / f"minute-{number}-{rows}.mp4"


def _lines(number: int) -> list[_Line]:
    """The captions of a minute. A third of them follow their neighbour without a gap."""
    rng = np.random.default_rng([18, number])
    found: list[_Line] = []
    at = float(rng.uniform(*_GAP_S))
    while True:
        end = at + float(rng.uniform(*_CAPTION_S))
        if end > MINUTE_S - 1:
            return found
        words = [str(rng.choice(part)) for part in (_STARTS, _MIDDLES, _ENDS)]
        text = " ".join(words)
        if rng.random() < _SHARE_OF_TWO_LINES:
            text += "\n" + str(rng.choice(_SECONDS))
        if not found or text != found[-1].text:
            found.append(_Line(first=round(at * FPS), end=round(end * FPS), text=text))
        at = end if rng.random() < _SHARE_WITHOUT_GAP else end + float(rng.uniform(*_GAP_S))


def truth_of(numbers: list[int]) -> Truth:
    """The captions of a video that joins these minutes."""
    count = MINUTE_S * INDICES_PER_SECOND
    captions = []
    for place, number in enumerate(numbers):
        for line in _lines(number):
            # Index i shows the last picture that begins before the end of its tenth of a second.
            shown = [
                index
                for index in range(count)
                if line.first <= ((index + 1) * FPS - 1) // INDICES_PER_SECOND < line.end
            ]
            captions.append(
                TrueCaption(
                    start_frame=place * count + shown[0],
                    end_frame=place * count + shown[-1],
                    text=line.text,
                )
            )
    return Truth(frame_rate=INDICES_PER_SECOND, frame_count=count * len(numbers), captions=captions)


def _draw_minute(path: Path, number: int, size: Size) -> None:
    if path.exists():
        return
    lines = _lines(number)
    patches = {line: _patch(line.text, size) for line in lines}
    part = path.with_suffix(".part.mp4")
    with av.open(str(part), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = size.width, size.height, "yuv420p"
        # PyAV's threads would cut each picture into slices. Services do not, and slices take longer
        # to decode.
        stream.thread_type = "FRAME"
        stream.options = _ENCODING
        for at, (picture, grain) in enumerate(_pictures(number, size)):
            for line in lines:
                if line.first <= at < line.end:
                    lay_over(picture, patches[line])
            planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), np.uint8)
            luma = planes[: size.height]
            # The grain has a mean of 128, so its sum with the picture is a weighted one.
            cv2.addWeighted(luma, 1, grain, 1, -128, dst=luma)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = at, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    part.rename(path)


def _patch(text: str, size: Size) -> Patch:
    # Only the group `bench` of dependencies has it; its font is the same on every machine.
    import matplotlib as mpl

    look = lettering.Look(
        font=Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf",
        size=round(size.height / 18),
        stroke=max(1, round(size.height / 300)),
    )
    anchor = lettering.Anchor(x=size.width / 2, y=size.height * 0.94, keypad=2)
    if libass.is_installed():
        return libass.draw(text, look, anchor, size.width, size.height)
    return lettering.draw(text, look, anchor)


def _pictures(number: int, size: Size) -> Iterator[tuple[Picture, Picture]]:
    """The footage of a minute, shots of two films under a moving camera, and its grain."""
    rng = np.random.default_rng([81, number])
    grain = rng.normal(128, _GRAIN, (4, size.height, size.width)).round().astype(np.uint8)
    made, wanted = 0, MINUTE_S * FPS
    while made < wanted:
        film = _film(("bikes.mp4", "bigbuckbunny.mp4")[int(rng.integers(2))])
        first, count = int(rng.integers(len(film))), round(float(rng.uniform(*_SHOT_S)) * FPS)
        zoom, mirrored = float(rng.uniform(0.6, 0.9)), bool(rng.random() < 0.5)
        way = rng.uniform(0, 1, (2, 2))
        for step in range(min(count, wanted - made)):
            # A film that is too short runs forward and backward.
            place = (first + step) % (2 * len(film) - 2)
            ground = film[min(place, 2 * len(film) - 2 - place)]
            share = step / count
            where = way[0] * (1 - share) + way[1] * share
            picture = _window(ground, size, zoom, (float(where[0]), float(where[1])))
            if mirrored:
                picture = picture[:, ::-1]
            yield np.ascontiguousarray(picture), grain[made % len(grain)]
            made += 1


def _window(ground: Picture, size: Size, zoom: float, where: tuple[float, float]) -> Picture:
    tall, wide = ground.shape[:2]
    shown = min(wide, tall * size.width / size.height) * zoom
    scale = shown / size.width
    left = where[0] * (wide - shown)
    top = where[1] * (tall - size.height * scale)
    matrix = np.array([[scale, 0, left], [0, scale, top]], np.float32)
    moved = cv2.warpAffine(
        ground,
        matrix,
        (size.width, size.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(moved, np.uint8)


@lru_cache
def _film(name: str) -> list[Picture]:
    with av.open(str(footage(name))) as container:
        return [
            np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            for frame in container.decode(video=0)
        ]


def _join(path: Path, minutes: list[Path]) -> None:
    """Write the packets of the minutes one after the other."""
    part = path.with_suffix(".part.mp4")
    with av.open(str(part), "w", options={"movflags": "+faststart"}) as out:
        target = None
        for place, minute in enumerate(minutes):
            with av.open(str(minute)) as source:
                stream = source.streams.video[0]
                target = target or out.add_stream_from_template(stream)
                for packet in source.demux(stream):
                    if packet.dts is None or packet.pts is None or packet.time_base is None:
                        continue
                    shift = round(place * MINUTE_S / packet.time_base)
                    packet.pts += shift
                    packet.dts += shift
                    packet.stream = target
                    out.mux(packet)
    part.rename(path)

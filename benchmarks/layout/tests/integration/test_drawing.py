"""A drawn video shows what its truth says."""

from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from captionacc_testkit.media import make_clip
from numpy.typing import NDArray
from PIL import Image, ImageFont

from benchmarks.layout.drawing import libass
from benchmarks.layout.drawing.sources import FONTS, SHARED, TUNE, WORD_LISTS
from benchmarks.layout.encoding import encode
from benchmarks.layout.scene import Scene

WIDTH, HEIGHT, SECONDS = 320, 180, 6.0
RENDERERS = [
    "pillow",
    pytest.param(
        "libass",
        marks=pytest.mark.skipif(not libass.is_installed(), reason="libass9 is not installed"),
    ),
]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Stand-ins for the downloads: one font, a few words, a grey film and a grey photo."""
    root = tmp_path / "sources"
    for folder in ("fonts", "footage", "photos"):
        (root / TUNE / folder).mkdir(parents=True)
    font = ImageFont.load_default(12)
    assert isinstance(font, ImageFont.FreeTypeFont)
    assert isinstance(font.path, BytesIO)
    for name in FONTS[TUNE]["latin"]:
        (root / TUNE / "fonts" / name).write_bytes(font.path.getvalue())
    (root / SHARED / "words").mkdir(parents=True)
    words = [f"{a}{b}{c}" for a in "bdfg" for b in "aeio" for c in "lmnrst"]
    (root / SHARED / "words" / WORD_LISTS["latin"]).write_text("\n".join(words))
    make_clip(root / TUNE / "footage" / "film.mp4", size=(160, 90), fps=10, seconds=2, captions=[])
    Image.new("RGB", (640, 360), (60, 60, 60)).save(root / TUNE / "photos" / "photo.png")
    return root


def drawn(sources: Path, renderer: str = "pillow", seed: int = 5) -> Scene:
    scene = Scene(
        rng=np.random.default_rng(seed),
        width=WIDTH,
        height=HEIGHT,
        seconds=SECONDS,
        renderer=renderer,
        sources=sources,
        split=TUNE,
    )
    scene.fade = 0.0
    scene.footage.shots(scene.rng, scene.background, scene.seconds, films=0.0)
    spans = [(1.0, 2.5), (3.0, 5.0)]
    look = scene.look("latin", boxed=1.0)
    scene.add_captions("bottom", "latin", spans, look, scene.bottom())
    return scene


def frame_at(path: Path, seconds: float) -> NDArray[np.uint8]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time >= seconds:
                return np.asarray(frame.to_ndarray(format="gray"), np.uint8)
    raise AssertionError(f"The video ends before {seconds} s.")


@pytest.mark.parametrize("renderer", RENDERERS)
def test_letters_stand_where_and_when_the_truth_says(
    sources: Path, tmp_path: Path, renderer: str
) -> None:
    scene = drawn(sources, renderer)
    video = tmp_path / "video.mp4"
    encode(
        video,
        scene.background,
        scene.layers,
        seconds=scene.seconds,
        frame_rate=10,
        rng=scene.rng,
    )
    (track,) = scene.tracks
    first, _ = track.captions
    rows = slice(round(first.box.top * HEIGHT), round(first.box.bottom * HEIGHT))
    columns = slice(round(first.box.left * WIDTH), round(first.box.right * WIDTH))
    before = frame_at(video, 0.0)[rows, columns]
    shown = frame_at(video, (first.start + first.end) / 2)[rows, columns]
    assert int(shown.max()) - int(shown.min()) > 120
    assert int(before.max()) - int(before.min()) < 60


def test_the_same_seed_gives_the_same_captions(sources: Path) -> None:
    assert drawn(sources).tracks == drawn(sources).tracks
    assert drawn(sources).tracks != drawn(sources, seed=6).tracks

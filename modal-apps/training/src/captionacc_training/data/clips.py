"""Makes training clips: eight frames at 10 Hz and exact labels."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from captionacc_training.data.footage import Luma, Scenery, background
from captionacc_training.data.lettering import (
    Layer,
    Lettering,
    Style,
    change_one_glyph,
    change_one_word,
    draw,
    fits,
    moved,
    random_style,
    random_text,
)
from captionacc_training.data.picture import (
    Shown,
    Sweep,
    composite,
    stroke_coverage,
    through_codec,
    to_bands,
)

FRAMES = 8

FAINTEST = 45.0
"""Lowest contrast of a caption; below it a person cannot read a still picture of the band."""

KINDS = {
    "blank": 7,
    "constant": 15,
    "backgrounds": 11,
    "new": 13,
    "glyph": 24,
    "word": 5,
    "line": 6,
    "gap": 8,
    "on": 5,
    "off": 5,
    "fade": 7,
    "cross": 8,
    "karaoke": 7,
    "short": 5,
}
KIND_NAMES = tuple(KINDS)


@dataclass(frozen=True, kw_only=True)
class Clip:
    """Bands and labels of one clip.

    Attributes:
        bands: luma, (8, 64, 512).
        strokes: coverage by the glyphs of text A, text B and the logo, 0 to 255, (3, 32, 256).
        alpha: opacity of the texts A and B, 0 to 255, (8, 2).
        kind: index into `KIND_NAMES`.
    """

    bands: Luma
    strokes: Luma
    alpha: Luma
    kind: int


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """Pixels of the region that the captions are drawn into, before it becomes a band."""

    height: int
    width: int


def random_canvas(rng: np.random.Generator) -> Canvas:
    width = int(rng.integers(160, 513)) * 2
    aspect = rng.uniform(4.5, 13)
    return Canvas(width=width, height=max(24, int(width / aspect) // 2 * 2))


def make_clip(seed: int, scenery: Scenery, lettering: Lettering) -> Clip:
    """Make a clip.

    The same seed and sources give the same labels, and the same frames before the codec. The
    bands may differ slightly between machines and process environments, because video encoders
    do not promise equal output.
    """
    rng = np.random.default_rng(seed)
    weights = np.array(list(KINDS.values()), float)
    kind = KIND_NAMES[rng.choice(len(KIND_NAMES), p=weights / weights.sum())]
    canvas = random_canvas(rng)
    first, second = two_texts(rng, lettering, canvas, kind)
    alpha = _alphas(rng, kind)
    shown = [
        Shown(layer=first, alpha=alpha[:, 0], sweep=_karaoke(rng, kind, first.style)),
        Shown(layer=second, alpha=alpha[:, 1]),
    ]
    logo = random_logo(rng, lettering, canvas) if rng.random() < 0.24 else None
    if logo is not None:
        shown.append(Shown(layer=logo, alpha=np.ones(FRAMES, np.float32)))
    frames = composite(_grounds(rng, scenery, canvas, kind), shown)
    bands = to_bands(through_codec(rng, frames))
    empty = np.zeros((32, 256), np.float32)
    strokes = [
        stroke_coverage(first.glyphs) if alpha[:, 0].any() else empty,
        stroke_coverage(second.glyphs) if alpha[:, 1].any() else empty,
        stroke_coverage(logo.glyphs) if logo is not None else empty,
    ]
    return Clip(
        bands=bands,
        strokes=_bytes(np.stack(strokes)),
        alpha=_bytes(alpha),
        kind=KIND_NAMES.index(kind),
    )


def two_texts(
    rng: np.random.Generator, lettering: Lettering, canvas: Canvas, kind: str
) -> tuple[Layer, Layer]:
    """Two texts that differ visibly, in the way that `kind` names."""
    for _ in range(40):
        style, script = random_style(rng, lettering, canvas.height)
        ems = 0.9 * canvas.width / style.size
        text = random_text(rng, lettering, script, min(ems, 26))
        room = canvas.height > 2.5 * style.size
        if room and (kind == "line" or rng.random() < 0.25):
            text = text + "\n" + random_text(rng, lettering, script, min(ems, 26))
        elif kind == "line":
            continue
        other, other_style = _other(rng, lettering, script, text, style, kind)
        if not (fits(text, style, canvas.width) and fits(other, style, canvas.width)):
            continue
        first = draw(text, style, canvas.height, canvas.width)
        if contrast(first) < FAINTEST:
            continue
        second = draw(other, other_style, canvas.height, canvas.width)
        if tells_apart(first, second):
            return first, second
    raise RuntimeError(
        "No pair of texts in 40 tries is visible and different. Check the fonts of the split."
    )


def contrast(layer: Layer) -> float:
    """Contrast of the boldest strokes with their edge in the band, in luma."""
    covered = stroke_coverage(layer.glyphs)
    drawn = covered[covered > 0.05]
    if not len(drawn):
        return 0.0
    step = abs(layer.style.fill - layer.style.edge) * layer.style.opacity
    return float(np.quantile(drawn, 0.9)) * step


def tells_apart(first: Layer, second: Layer) -> bool:
    """Whether two layers differ in the band by more than the missing-glyph boxes of a font do."""
    apart = np.abs(stroke_coverage(first.glyphs) - stroke_coverage(second.glyphs))
    return float(np.sort(apart, axis=None)[-6]) > 0.22


def random_logo(rng: np.random.Generator, lettering: Lettering, canvas: Canvas) -> Layer:
    """A short mark near the left or right edge that does not change."""
    while True:
        style, script = random_style(rng, lettering, canvas.height)
        text = random_text(rng, lettering, script, 3)[:6].strip()
        size = max(7, min(style.size, canvas.height // 3))
        style = Style(
            font=style.font,
            size=size,
            fill=style.fill,
            edge=style.edge,
            stroke=min(style.stroke, 1),
            shadow=0,
            box=style.box,
            opacity=float(rng.uniform(0.35, 1.0)),
            baseline=float(rng.uniform(0.15, 0.85)),
            centre=float(rng.choice([rng.uniform(0.03, 0.16), rng.uniform(0.84, 0.97)])),
            left_aligned=False,
        )
        if text and fits(text, style, canvas.width // 4):
            return draw(text, style, canvas.height, canvas.width)


def swept_fill(rng: np.random.Generator, style: Style) -> int:
    """A luma for the swept part of a karaoke line that is legible and unlike the rest."""
    low, high = (style.edge + 70, 255) if style.fill > style.edge else (0, style.edge - 70)
    swept = rng.uniform(low, high)
    for _ in range(20):
        if abs(swept - style.fill) > 35:
            break
        swept = rng.uniform(low, high)
    return int(swept)


def _other(
    rng: np.random.Generator,
    lettering: Lettering,
    script: str,
    text: str,
    style: Style,
    kind: str,
) -> tuple[str, Style]:
    if kind == "glyph":
        return change_one_glyph(rng, lettering, script, text), style
    if kind == "word":
        return change_one_word(rng, lettering, text), style
    ems = max(2.0, len(text) * (0.5 if script == "latin" else 1.0))
    if kind == "line":
        upper, lower = text.split("\n")
        fresh = random_text(rng, lettering, script, ems / 2)
        return (f"{fresh}\n{lower}" if rng.random() < 0.5 else f"{upper}\n{fresh}"), style
    other = random_text(rng, lettering, script, ems)
    return other, moved(style, rng) if rng.random() < 0.15 else style


def _alphas(rng: np.random.Generator, kind: str) -> NDArray[np.float32]:
    """Opacity of the texts A and B in each frame, (8, 2), 0 to 1."""
    alpha = np.zeros((FRAMES, 2), np.float32)
    at = int(rng.integers(1, FRAMES))
    if kind in ("constant", "karaoke", "backgrounds"):
        alpha[:, 0] = 1
    elif kind in ("new", "glyph", "word", "line"):
        alpha[:at, 0], alpha[at:, 1] = 1, 1
    elif kind == "gap":
        length = int(rng.integers(1, 4))
        at = int(rng.integers(1, FRAMES - length))
        alpha[:at, 0] = 1
        alpha[at + length :, int(rng.random() < 0.6)] = 1
    elif kind == "on":
        alpha[at:, 0] = 1
    elif kind == "off":
        alpha[:at, 0] = 1
    elif kind == "fade":
        length = int(rng.integers(2, 6))
        ramp = np.clip((np.arange(FRAMES) - rng.uniform(-1, 5)) / length, 0, 1)
        alpha[:, 0] = ramp if rng.random() < 0.5 else ramp[::-1]
    elif kind == "cross":
        length = int(rng.integers(2, 6))
        ramp = np.clip((np.arange(FRAMES) - rng.uniform(0, FRAMES - length)) / length, 0, 1)
        alpha[:, 0], alpha[:, 1] = 1 - ramp, ramp
    elif kind == "short":
        length = int(rng.integers(2, 5))
        at = int(rng.integers(1, FRAMES - length))
        alpha[at : at + length, 0] = 1
        alpha[at + length :, 1] = rng.random() < 0.5
    return alpha


def _karaoke(rng: np.random.Generator, kind: str, style: Style) -> Sweep | None:
    if kind != "karaoke":
        return None
    share = np.linspace(0, 1, FRAMES) * rng.uniform(0.4, 2) - rng.uniform(-0.5, 0.4)
    return Sweep(share=np.clip(share, 0, 1).astype(np.float32), fill=swept_fill(rng, style))


def _grounds(rng: np.random.Generator, scenery: Scenery, canvas: Canvas, kind: str) -> Luma:
    if kind == "backgrounds":
        # The same text over unrelated pictures teaches that only the text counts.
        cuts = [k for k in range(1, FRAMES) if rng.random() < 0.5] or [FRAMES // 2]
    elif rng.random() < (0.55 if kind in ("constant", "blank") else 0.22):
        cuts = [int(rng.integers(1, FRAMES))]
    else:
        cuts = []
    edges = [0, *cuts, FRAMES]
    parts = [
        background(rng, scenery, b - a, canvas.height, canvas.width) for a, b in pairwise(edges)
    ]
    return np.concatenate(parts)


def _bytes(values: NDArray[np.float32]) -> Luma:
    return np.asarray(np.clip(values * 255 + 0.5, 0, 255), np.uint8)

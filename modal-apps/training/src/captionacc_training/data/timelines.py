"""Makes whole sequences with known captions for tuning and tests, one kind of difficulty each."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from numpy.typing import NDArray

from captionacc_training.data.clips import (
    Canvas,
    contrast,
    random_canvas,
    random_logo,
    swept_fill,
    tells_apart,
)
from captionacc_training.data.footage import Luma, Scenery, background
from captionacc_training.data.lettering import (
    Layer,
    Lettering,
    Style,
    change_one_glyph,
    draw,
    fits,
    random_style,
    random_text,
)
from captionacc_training.data.picture import Shown, Sweep, bands_of_video, composite
from captionacc_training.data.sources import TEST, TUNING

CASES = (
    "clean",
    "glyph",
    "touching",
    "short_gap",
    "fade",
    "cross_fade",
    "cuts",
    "bright",
    "logo",
    "karaoke",
    "small",
    "two_lines",
    "strong_codec",
    "low_resolution",
    "short",
    "rates",
    "minutes",
)
EMPTY = "empty"

SEQUENCE_KINDS = (*CASES, EMPTY)

FRAMES = 450
LONG_FRAMES = 1200
LONG = ("minutes", EMPTY)
"""Kinds with LONG_FRAMES frames: one caption stays for a minute or more; no captions at all."""

FEWEST_SEQUENCES = 10
FEWEST_CAPTIONS = 150
"""Per case; sequences are added until both numbers are reached."""

SEEDS = {TUNING: 11_000, TEST: 14_000}
"""Seed of the first sequence per split. A test split that was used too often gets a new seed."""

LEGIBLE = 55.0
"""Lowest contrast (see `contrast`) of a caption in a sequence; fainter ones are not a fair test."""

OWN_FINISH = {TUNING: "gradient", TEST: "double"}
"""A finish of the letters that only this split has, on one sequence in five."""

RATES = (24000 / 1001, 25.0, 30000 / 1001, 50.0, 60.0, 0.0)
"""Pictures per second of the kind "rates"; 0 means a rate that varies from 8 to 60."""

Times = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """Bands (n, 64, 512) and the captions in them, as (first frame, frame after the last)."""

    kind: str
    bands: Luma
    truth: list[tuple[int, int]]


def make_sequence(
    kind: str, split: str, seed: int, scenery: Scenery, lettering: Lettering
) -> Sequence:
    """Make a sequence.

    The same kind, split, seed and sources give the same captions, and the same frames before the
    codec. As with `make_clip`, the bands may differ slightly between machines and process
    environments.
    """
    rng = np.random.default_rng([seed, SEQUENCE_KINDS.index(kind)])
    frames = LONG_FRAMES if kind in LONG else FRAMES
    canvas = random_canvas(rng)
    if kind == "low_resolution":
        canvas = Canvas(width=320, height=max(24, 320 * canvas.height // canvas.width // 2 * 2))
    elif canvas.width < 480:
        canvas = Canvas(width=640, height=640 * canvas.height // canvas.width // 2 * 2)
    times = _times(rng, kind, frames)
    at = INDICES_PER_SECOND * times
    style, script = _style(rng, kind, split, lettering, canvas)
    shown: list[Shown] = []
    text, before = "", None
    for start, end, gap in _spans(rng, kind, frames):
        text, layer = _next_text(rng, kind, lettering, script, style, canvas, text, before)
        alpha = _alpha(rng, kind, at, start, end, gap, shown)
        sweep = _sweep(rng, style, at, start, end) if kind == "karaoke" else None
        shown.append(Shown(layer=layer, alpha=alpha, sweep=sweep))
        before = layer
    captions = list(shown)
    if kind == "logo" or (kind == EMPTY and rng.random() < 0.3):
        mark = random_logo(rng, lettering, canvas)
        shown.append(Shown(layer=mark, alpha=np.ones(len(times), np.float32)))
    grounds = _ground(rng, kind, scenery, canvas, frames + 1)
    pictures = _draw(grounds[np.asarray(at + 1e-6, int)], shown)
    codec, quality = _codec(rng, kind)
    with tempfile.TemporaryDirectory() as folder:
        bands = bands_of_video(pictures, codec, quality, times, Path(folder))
    shown_at = np.arange(len(bands)) / INDICES_PER_SECOND
    on_screen = np.searchsorted(times, shown_at + 1e-6, "right") - 1
    return Sequence(kind=kind, bands=bands, truth=_truth(captions, on_screen))


def _times(rng: np.random.Generator, kind: str, frames: int) -> Times:
    """The start of each picture in seconds."""
    if kind != "rates":
        return np.arange(frames) / INDICES_PER_SECOND
    rate = float(rng.choice(RATES))
    if rate:
        return np.arange(int(frames / INDICES_PER_SECOND * rate)) / rate
    gaps = 1 / rng.choice([8.0, 12.0, 24.0, 25.0, 30.0, 60.0], size=frames * 6)
    times = np.concatenate([[0], np.cumsum(gaps)])
    return np.round(times[times < frames / INDICES_PER_SECOND], 3)


def _spans(rng: np.random.Generator, kind: str, frames: int) -> list[tuple[float, float, int]]:
    """Start and end of each caption, and the length of the gap after it, in grid indices."""
    if kind == EMPTY:
        return []
    # The first caption that starts at this frame or later stays for a minute or more.
    standing = int(rng.integers(80, 300)) if kind == "minutes" else frames
    spans: list[tuple[float, float, int]] = []
    at = float(rng.integers(0, 15))
    while at < frames - 4:
        length = int(rng.integers(2, 5)) if kind == "short" else int(rng.integers(8, 32))
        if at >= standing:
            length, standing = int(rng.integers(600, 800)), frames
        gap = _gap(rng, kind)
        # Captions of real videos start and end between two frames of the grid.
        end = min(frames, at + length + (rng.uniform(0, 1) if kind == "rates" else 0))
        spans.append((at, end, gap))
        at = end + gap
    return spans


def _codec(rng: np.random.Generator, kind: str) -> tuple[str, int]:
    if kind == "strong_codec":
        return (
            ("libx264", int(rng.integers(36, 41))),
            ("libx265", int(rng.integers(33, 39))),
            ("libvpx-vp9", int(rng.integers(48, 58))),
        )[rng.integers(3)]
    return "libx264", 26 if kind == "low_resolution" else 23


def _style(
    rng: np.random.Generator, kind: str, split: str, lettering: Lettering, canvas: Canvas
) -> tuple[Style, str]:
    finish = OWN_FINISH[split] if rng.random() < 0.2 else "plain"
    while True:
        style, script = random_style(rng, lettering, canvas.height)
        low, high = (10, 20) if kind in ("small", "two_lines") else (14, 40)
        size = round(rng.uniform(low, high) * canvas.height / 64)
        style = replace(style, size=max(8, size), finish=finish)
        # An illegible caption is not a test.
        if style.stroke or style.shadow or style.box > 0.6:
            text = random_text(rng, lettering, script, 0.5 * canvas.width / style.size)
            if contrast(draw(text, style, canvas.height, canvas.width)) > LEGIBLE:
                return style, script


def _gap(rng: np.random.Generator, kind: str) -> int:
    if kind in ("touching", "cross_fade"):
        return 0
    if kind in ("glyph", "cuts", "two_lines"):
        return 0 if rng.random() < 0.6 else int(rng.integers(4, 20))
    if kind == "short_gap":
        return int(rng.integers(1, 4))
    if kind == "short":
        return int(rng.integers(2, 12))
    return int(rng.integers(4, 16))


def _next_text(
    rng: np.random.Generator,
    kind: str,
    lettering: Lettering,
    script: str,
    style: Style,
    canvas: Canvas,
    text: str,
    before: Layer | None,
) -> tuple[str, Layer]:
    """A text that looks different from the previous text."""
    one_glyph = kind == "glyph" and before is not None and rng.random() < 0.75
    ems = min(22, 0.85 * canvas.width / style.size)
    for attempt in range(200):
        if one_glyph and attempt < 20:
            other = change_one_glyph(rng, lettering, script, text)
        else:
            other = random_text(rng, lettering, script, ems)
            if kind == "two_lines" and canvas.height > 2.5 * style.size:
                other += "\n" + random_text(rng, lettering, script, ems)
        if not fits(other, style, canvas.width):
            continue
        layer = draw(other, style, canvas.height, canvas.width)
        if before is None or tells_apart(before, layer):
            return other, layer
    raise RuntimeError(
        "No text in 200 tries differs visibly from the previous one. Check the fonts of the split."
    )


def _alpha(
    rng: np.random.Generator,
    kind: str,
    at: Times,
    start: float,
    end: float,
    gap: int,
    shown: list[Shown],
) -> NDArray[np.float32]:
    """Opacity of the caption at each time `at`, in grid indices; may fade the previous caption."""
    there = (at >= start - 1e-6) & (at < end - 1e-6)
    if kind == "fade":
        length = int(rng.integers(2, min(6, max(3, gap))))
        rise = np.clip((at - start + 1) / (length + 1), 0, 1)
        fall = np.clip((end - at) / (length + 1), 0, 1)
        return np.minimum(rise, fall).astype(np.float32)
    if kind == "cross_fade" and shown and rng.random() < 0.8:
        length = int(rng.integers(2, 6))
        rise = np.clip((at - start + length / 2 + 0.5) / (length + 1), 0, 1).astype(np.float32)
        shown[-1].alpha[:] = np.minimum(shown[-1].alpha + (at >= start), 1 - rise)
        return np.where(at < end, rise, 0).astype(np.float32)
    return there.astype(np.float32)


def _sweep(rng: np.random.Generator, style: Style, at: Times, start: float, end: float) -> Sweep:
    share = np.clip((at - start) / max(1, end - start - 2), 0, 1)
    return Sweep(share=share.astype(np.float32), fill=swept_fill(rng, style))


def _truth(captions: list[Shown], on_screen: NDArray[np.int64]) -> list[tuple[int, int]]:
    """The frames of each caption: it is at least half opaque and not weaker than its neighbours.

    With equal opacity, the later caption counts. `on_screen` is the picture that each frame shows.
    """
    alphas = [caption.alpha[on_screen] for caption in captions]
    spans = []
    for i, alpha in enumerate(alphas):
        mine = alpha >= 0.5 - 1e-6
        if i and (alphas[i - 1] > 0).any():
            mine = np.where(alphas[i - 1] > 0, alpha >= alphas[i - 1] - 1e-6, mine)
        if i + 1 < len(alphas):
            mine = np.where(alphas[i + 1] > 0, alpha > alphas[i + 1] + 1e-6, mine)
        frames = np.flatnonzero(mine & (alpha > 0))
        spans.append((int(frames[0]), int(frames[-1]) + 1))
    return spans


def _ground(
    rng: np.random.Generator, kind: str, scenery: Scenery, canvas: Canvas, frames: int
) -> Luma:
    parts: list[Luma] = []
    left = frames
    while left:
        mean = 25 if kind == "cuts" else 70
        length = min(left, int(rng.integers(mean // 2, mean * 3 // 2)))
        part = background(rng, scenery, length, canvas.height, canvas.width)
        if kind == "bright":
            part = np.asarray(np.minimum(part.astype(np.uint16) + 90, 255), np.uint8)
        parts.append(part)
        left -= length
    return np.concatenate(parts)


def _draw(grounds: Luma, shown: list[Shown]) -> Luma:
    """Composite frame by frame, each with only the layers that it shows."""
    out = np.empty_like(grounds)
    for k in range(len(grounds)):
        there = [
            replace(
                item,
                alpha=item.alpha[k : k + 1],
                sweep=item.sweep and replace(item.sweep, share=item.sweep.share[k : k + 1]),
            )
            for item in shown
            if item.alpha[k] > 0
        ]
        out[k : k + 1] = composite(grounds[k : k + 1], there)
    return out

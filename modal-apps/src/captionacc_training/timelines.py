"""Whole sequences with known captions, one kind of difficulty each, to tune and to test on."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from captionacc_training.clips import Canvas, random_canvas, random_logo, swept_fill
from captionacc_training.footage import Luma, Scenery, background
from captionacc_training.lettering import (
    Lettering,
    Style,
    change_one_glyph,
    draw,
    fits,
    random_style,
    random_text,
)
from captionacc_training.picture import Shown, Sweep, composite, encode_video, to_bands

SEQUENCE_KINDS = (
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
)


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """Bands (n, 64, 512) and the captions in them as (first frame, frame after the last)."""

    kind: str
    bands: Luma
    truth: list[tuple[int, int]]


def make_sequence(
    kind: str, seed: int, frames: int, scenery: Scenery, lettering: Lettering
) -> Sequence:
    """A sequence of a kind; the same seed and sources give the same one."""
    rng = np.random.default_rng([seed, SEQUENCE_KINDS.index(kind)])
    canvas = random_canvas(rng)
    if kind == "low_resolution":
        canvas = Canvas(width=320, height=max(24, 320 * canvas.height // canvas.width // 2 * 2))
    elif canvas.width < 480:
        canvas = Canvas(width=640, height=640 * canvas.height // canvas.width // 2 * 2)
    style, script = _style(rng, kind, lettering, canvas)
    shown: list[Shown] = []
    truth: list[tuple[int, int]] = []
    at, text = int(rng.integers(0, 15)), ""
    while at < frames - 4:
        length = int(rng.integers(2, 5)) if kind == "short" else int(rng.integers(8, 36))
        end = min(frames, at + length)
        gap = _gap(rng, kind)
        text = _next_text(rng, kind, lettering, script, style, canvas, text)
        alpha, span = _alpha(rng, kind, frames, at, end, gap, shown)
        sweep = _sweep(rng, style, at, end, frames) if kind == "karaoke" else None
        layer = draw(text, style, canvas.height, canvas.width)
        shown.append(Shown(layer=layer, alpha=alpha, sweep=sweep))
        truth.append(span)
        at = end + gap
    if kind == "logo":
        mark = random_logo(rng, lettering, canvas)
        shown.append(Shown(layer=mark, alpha=np.ones(frames, np.float32)))
    pictures = _draw(_ground(rng, kind, scenery, canvas, frames), shown)
    quality = {"strong_codec": int(rng.integers(37, 41)), "low_resolution": 26}.get(kind, 23)
    bands = to_bands(encode_video(pictures, "libx264", quality))
    return Sequence(kind=kind, bands=bands, truth=_half_present(shown, truth, kind))


def _style(
    rng: np.random.Generator, kind: str, lettering: Lettering, canvas: Canvas
) -> tuple[Style, str]:
    while True:
        style, script = random_style(rng, lettering, canvas.height)
        low, high = (10, 20) if kind in ("small", "two_lines") else (14, 40)
        size = round(rng.uniform(low, high) * canvas.height / 64)
        style = replace(style, size=max(8, size))
        # A caption that nobody could read is no test.
        if style.stroke or style.shadow or style.box > 0.6:
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
    return int(rng.integers(4, 25))


def _next_text(
    rng: np.random.Generator,
    kind: str,
    lettering: Lettering,
    script: str,
    style: Style,
    canvas: Canvas,
    before: str,
) -> str:
    if kind == "glyph" and before and rng.random() < 0.75:
        for _ in range(20):
            text = change_one_glyph(rng, lettering, script, before)
            change = np.abs(
                draw(text, style, canvas.height, canvas.width).glyphs
                - draw(before, style, canvas.height, canvas.width).glyphs
            )
            if change.sum() > 0.05 * style.size**2 and fits(text, style, canvas.width):
                return text
    while True:
        ems = min(22, 0.85 * canvas.width / style.size)
        text = random_text(rng, lettering, script, ems)
        if kind == "two_lines" and canvas.height > 2.5 * style.size:
            text += "\n" + random_text(rng, lettering, script, ems)
        if text != before and fits(text, style, canvas.width):
            return text


def _alpha(
    rng: np.random.Generator,
    kind: str,
    frames: int,
    start: int,
    end: int,
    gap: int,
    shown: list[Shown],
) -> tuple[NDArray[np.float32], tuple[int, int]]:
    k = np.arange(frames)
    alpha = ((k >= start) & (k < end)).astype(np.float32)
    if kind == "fade":
        length = int(rng.integers(2, min(6, max(3, gap))))
        rise = np.clip((k - start + 1) / (length + 1), 0, 1)
        fall = np.clip((end - k) / (length + 1), 0, 1)
        alpha = np.minimum(rise, fall).astype(np.float32)
    elif kind == "cross_fade" and shown and rng.random() < 0.8:
        length = int(rng.integers(2, 6))
        rise = np.clip((k - start + length / 2 + 0.5) / (length + 1), 0, 1).astype(np.float32)
        shown[-1].alpha[:] = np.minimum(shown[-1].alpha + (k >= start), 1 - rise)
        alpha = np.where(k < end, rise, 0).astype(np.float32)
    return alpha, (start, end)


def _sweep(rng: np.random.Generator, style: Style, start: int, end: int, frames: int) -> Sweep:
    share = np.clip((np.arange(frames) - start) / max(1, end - start - 2), 0, 1)
    return Sweep(share=share.astype(np.float32), fill=swept_fill(rng, style))


def _half_present(
    shown: list[Shown], spans: list[tuple[int, int]], kind: str
) -> list[tuple[int, int]]:
    """Where a text is at least half there; for cross-fades, where it is the stronger one."""
    truth = []
    for i, span in enumerate(spans):
        if kind == "fade":
            there = np.flatnonzero(shown[i].alpha >= 0.5)
            truth.append((int(there[0]), int(there[-1]) + 1))
        elif kind == "cross_fade":
            mine = shown[i].alpha
            others = [shown[j].alpha for j in (i - 1, i + 1) if 0 <= j < len(spans)]
            best = mine >= np.max([*others, np.full_like(mine, 0.3)], axis=0)
            there = np.flatnonzero(best)
            truth.append((int(there[0]), int(there[-1]) + 1))
        else:
            truth.append(span)
    # Two texts that are equally strong in a frame: it belongs to the later one.
    later = [start for start, _ in truth[1:]] + [len(shown[0].alpha)]
    return [(start, min(end, limit)) for (start, end), limit in zip(truth, later, strict=True)]


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
    """Composite frame by frame, with only the layers that a frame shows."""
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

"""The classical way: masks of thin strokes that stay while the picture behind them changes."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]

STROKE = 11
"""Pixels of the band. Strokes are thinner; most other things in the picture are wider."""

WINDOW = 3
"""The masks of this many successive frames are intersected."""

LINE = 0.004
"""Share of the band's pixels that the smallest caption covers."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings that are tuned.

    Attributes:
        contrast: least contrast of a stroke, luma 0 to 255.
        mass: least size of a caption, share of the pixels.
        change: least difference of two captions, share of the union of their masks.
    """

    contrast: int
    mass: float
    change: float


def masks(bands: NDArray[np.uint8], contrast: int) -> NDArray[np.bool_]:
    """Masks of the light or dark strokes of (n, 64, 512) bands that stay for `WINDOW` frames."""
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (STROKE, STROKE))
    found = np.zeros((2, *bands.shape), bool)
    for k, band in enumerate(bands):
        found[0, k] = cv2.morphologyEx(band, cv2.MORPH_TOPHAT, kernel) > contrast
        found[1, k] = cv2.morphologyEx(band, cv2.MORPH_BLACKHAT, kernel) > contrast
    both = found[0] | found[1]
    stays = both.copy()
    for shift in range(1, WINDOW):
        forwards, backwards = both.copy(), both.copy()
        forwards[:-shift] &= both[shift:]
        backwards[shift:] &= both[:-shift]
        # A frame may be the first or the last of the `WINDOW` frames.
        stays &= forwards | backwards
    return np.asarray(stays, bool)


def captions(stays: NDArray[np.bool_], settings: Settings) -> list[Span]:
    """Runs of frames with enough strokes, split where the strokes change."""
    size = stays[0].size
    there = stays.sum((1, 2)) / size > settings.mass
    union = (stays[1:] | stays[:-1]).sum((1, 2))
    change = (stays[1:] ^ stays[:-1]).sum((1, 2)) / np.maximum(union, 1)
    edges = [0, *(np.flatnonzero((change > settings.change) | (there[1:] != there[:-1])) + 1)]
    edges.append(len(stays))
    return [(int(a), int(b)) for a, b in pairwise(edges) if there[a] and b - a > 1]


GRID = [
    Settings(contrast=contrast, mass=mass, change=change)
    for contrast in (25, 40, 60)
    for mass in (LINE, 2 * LINE, 4 * LINE, 8 * LINE)
    for change in (0.3, 0.45, 0.6, 0.75)
]

"""Find what stands still in the band for the whole video, a logo or a channel mark."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from captionacc_extents.network.network import COLUMNS, ROWS, Bands, Cells
from captionacc_extents.reading.scores import Row

Mask = NDArray[np.bool_]

FEWEST_SAMPLES = 20
TEXT = 0.2
ALIKE = 0.35
"""Correlation of a cell's gradients from which it shows its usual pattern."""

USUAL = 0.5
"""Share of the samples in which a static cell shows its usual pattern."""

LASTING = 0.4
"""Correlation of a static cell's patterns in successive quarters of the samples."""

GONE = 0.25
"""Share of its cells below which a part does not show its pattern in a sample."""

LEAVES = 0.1
TOGETHER = 0.5
"""Parts that are gone in more than the first share of the samples, and whose shares of cells
correlate by more than the second, come and go together."""

FEWEST_ALONE = 8
"""Samples without other text from which it counts whether they show a part."""

WIDEST = 0.3
FARTHEST_CAPTION = 0.2
"""A mark is narrower than the first, and its middle farther from the captions' than the second,
both in widths of the band."""


def static_cells(bands: Bands, text: Cells) -> Mask:
    """The (8, 64) cells to leave out, from samples (n, 64, 512) spread over at least 10 s.

    Captions are never masked: what lies near the middle of the text stays, and all of it does
    where no text comes and goes.
    """
    none = np.zeros((ROWS, COLUMNS), bool)
    holds = text > TEXT
    often = holds.mean(0) > 0.25
    if len(bands) < FEWEST_SAMPLES or not often.any():
        return none
    usual = np.zeros((ROWS, COLUMNS), bool)
    shows = np.zeros(text.shape, bool)
    cells = bands.reshape(len(bands), ROWS, 8, COLUMNS, 8)
    for row, column in np.argwhere(often):
        patch = cells[:, row, :, column].astype(np.float32)
        gradient = np.concatenate(
            [
                np.diff(patch, axis=1).reshape(len(patch), -1),
                np.diff(patch, axis=2).reshape(len(patch), -1),
            ],
            axis=1,
        )
        held = holds[:, row, column]
        pattern = np.median(gradient[held], axis=0)
        shown = _correlation(gradient, pattern) > ALIKE
        shows[:, row, column] = shown
        usual[row, column] = shown.mean() >= USUAL and _lasts(gradient, held)
    return _marks(usual, shows, text)


def _lasts(gradient: NDArray[np.float32], held: Mask) -> bool:
    """Whether the pattern is the same in each quarter; that of few captions need not be."""
    quarters = np.array_split(np.arange(len(held)), 4)
    patterns = [
        np.median(gradient[part][held[part]], axis=0) for part in quarters if held[part].sum() > 1
    ]
    if len(patterns) < 3:
        return False
    return all(_correlation(a[None], b)[0] > LASTING for a, b in pairwise(patterns))


def _marks(usual: Mask, shows: Mask, text: Cells) -> Mask:
    mass = text.mean(0)
    columns = np.arange(COLUMNS) + 0.5
    kept = np.zeros_like(usual)
    if np.where(_grown(usual), 0, mass).sum() < 1:
        # No text comes and goes: these may be the words of a caption that stands for minutes.
        return kept
    components = _components(usual)
    words = _words([shows[:, component].mean(1) for component in components])
    for component, word in zip(components, words, strict=True):
        across = np.flatnonzero(component.any(0))
        rest = np.where(_grown(component), 0, mass)
        middle = float((rest.sum(0) * columns).sum() / rest.sum())
        own = float((across[0] + across[-1] + 1) / 2)
        wide = float(across[-1] + 1 - across[0])
        apart = wide < WIDEST * COLUMNS and abs(own - middle) > FARTHEST_CAPTION * COLUMNS
        if apart and not word and _stays_alone(component, text):
            kept |= _grown(component)
    return kept


def _words(shown: list[Row]) -> list[bool]:
    """Whether each part comes and goes with another one, by the share (n,) of its cells that show
    their pattern: those are the words of a caption that stands for minutes."""
    leave = [(part < GONE).mean() > LEAVES for part in shown]
    return [
        leave[i]
        and any(
            leave[j] and np.corrcoef(part, other)[0, 1] > TOGETHER
            for j, other in enumerate(shown)
            if j != i
        )
        for i, part in enumerate(shown)
    ]


def _stays_alone(component: Mask, text: Cells) -> bool:
    """Whether a part is shown when no other text is; the words of one caption go together."""
    alone = np.where(_grown(component), 0, text).sum((1, 2)) < 1
    if alone.sum() < FEWEST_ALONE:
        return True
    shown = text[alone][:, component].mean(1) > TEXT
    return bool(shown.mean() >= USUAL)


def _components(mask: Mask) -> list[Mask]:
    """The parts of a mask that do not touch, not even at corners."""
    left = mask.copy()
    parts = []
    while left.any():
        part = np.zeros_like(mask)
        row, column = np.argwhere(left)[0]
        part[row, column] = True
        while True:
            grown = _grown(part) & left
            if (grown == part).all():
                break
            part = grown
        parts.append(part)
        left &= ~part
    return parts


def _grown(mask: Mask) -> Mask:
    """The mask and the cells around it."""
    padded = np.pad(mask, 1)
    shifts = [
        padded[dy : dy + mask.shape[0], dx : dx + mask.shape[1]]
        for dy in range(3)
        for dx in range(3)
    ]
    return np.asarray(np.any(shifts, axis=0))


def _correlation(rows: NDArray[np.float32], pattern: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(rows, axis=1) * np.linalg.norm(pattern)
    return np.asarray(rows @ pattern / np.maximum(length, 1e-3), np.float32)

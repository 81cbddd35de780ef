"""Find what stands still in the band for the whole video: a logo or a channel mark."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from captionacc_extents.network.network import COLUMNS, ROWS, Bands, Cells
from captionacc_extents.reading.scores import Row
from captionacc_extents.rules.reading import ReadingRules

Mask = NDArray[np.bool_]

CELL = 8
"""Pixels along each side of a cell."""


def static_cells(bands: Bands, text: Cells, rules: ReadingRules) -> Mask:
    """Find the cells whose text is to be ignored.

    Captions are never masked: text near the middle of the other text stays, and all text stays
    in a video where no text comes and goes.

    Args:
        bands: samples (n, 64, 512) of the opening of the video.
        text: their text shares (n, 8, 64).
        rules: the rules of the model.

    Returns:
        An (8, 64) mask.
    """
    none = np.zeros((ROWS, COLUMNS), bool)
    holds = text > rules.logo_text_cell
    often = holds.mean(0) > rules.logo_text_often
    if len(bands) < rules.fewest_samples or not often.any():
        return none
    usual = np.zeros((ROWS, COLUMNS), bool)
    shows = np.zeros(text.shape, bool)
    cells = bands.reshape(len(bands), ROWS, CELL, COLUMNS, CELL)
    for row, column in np.argwhere(often):
        gradient = _gradient(cells[:, row, :, column])
        held = holds[:, row, column]
        pattern = np.median(gradient[held], axis=0)
        shown = _correlation(gradient, pattern) > rules.pattern_alike
        shows[:, row, column] = shown
        usual[row, column] = shown.mean() >= rules.pattern_usual and _lasts(gradient, held, rules)
    return _marks(usual, shows, text, rules)


def _gradient(cell: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Differences (n, 112) between neighbouring pixels of a cell (n, 8, 8)."""
    pixels = cell.astype(np.float32)
    return np.concatenate(
        [np.diff(pixels, axis=axis).reshape(len(pixels), -1) for axis in (1, 2)], axis=1
    )


def _lasts(gradient: NDArray[np.float32], held: Mask, rules: ReadingRules) -> bool:
    """Whether a cell has the same pattern in each part of the opening; captions do not."""
    parts = np.array_split(np.arange(len(held)), rules.pattern_parts)
    patterns = [
        np.median(gradient[part][held[part]], axis=0)
        for part in parts
        if held[part].sum() >= rules.pattern_part_samples
    ]
    if len(patterns) < rules.pattern_fewest_parts:
        return False
    return all(_correlation(a[None], b)[0] > rules.pattern_lasting for a, b in pairwise(patterns))


def _marks(usual: Mask, shows: Mask, text: Cells, rules: ReadingRules) -> Mask:
    """The cells of `usual` that belong to marks, with the cells around them.

    `shows` says in which samples each cell shows its usual pattern.
    """
    mass = text.mean(0)
    columns = np.arange(COLUMNS) + 0.5
    kept = np.zeros_like(usual)
    if np.where(_grown(usual), 0, mass).sum() < rules.other_text_mass:
        # No other text comes and goes, so these may be the words of a caption that stands for
        # minutes.
        return kept
    components = _components(usual)
    words = _words([shows[:, component].mean(1) for component in components], rules)
    for component, word in zip(components, words, strict=True):
        across = np.flatnonzero(component.any(0))
        rest = np.where(_grown(component), 0, mass)
        middle = float((rest.sum(0) * columns).sum() / rest.sum())
        own = float((across[0] + across[-1] + 1) / 2)
        wide = float(across[-1] + 1 - across[0])
        narrow = wide < rules.mark_widest * COLUMNS
        apart = abs(own - middle) > rules.mark_distance * COLUMNS
        if narrow and apart and not word and _stays_alone(component, text, rules):
            kept |= _grown(component)
    return kept


def _words(shown: list[Row], rules: ReadingRules) -> list[bool]:
    """Whether each part is a word of a caption that stands for minutes: it comes and goes together
    with another part.

    `shown` holds for each part the share (n,) of its cells that show their pattern.
    """
    leave = [(part < rules.part_gone).mean() > rules.part_leaves for part in shown]
    return [
        leave[i]
        and any(
            leave[j] and np.corrcoef(part, other)[0, 1] > rules.parts_together
            for j, other in enumerate(shown)
            if j != i
        )
        for i, part in enumerate(shown)
    ]


def _stays_alone(component: Mask, text: Cells, rules: ReadingRules) -> bool:
    """Whether a part stays while no other text is shown; the words of one caption go together."""
    alone = np.where(_grown(component), 0, text).sum((1, 2)) < rules.other_text_mass
    if alone.sum() < rules.fewest_alone:
        return True
    shown = text[alone][:, component].mean(1) > rules.logo_text_cell
    return bool(shown.mean() >= rules.pattern_usual)


def _components(mask: Mask) -> list[Mask]:
    """The parts of a mask that do not touch each other, not even at corners."""
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
    # The lower limit only guards the division.
    return np.asarray(rows @ pattern / np.maximum(length, 1e-3), np.float32)

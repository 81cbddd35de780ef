"""Follows the pieces of text of a video from look to look, until each of them goes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captionacc_layout.looking.maps import PARTS
from captionacc_layout.looking.sightings import (
    COLUMN,
    TEXT,
    UPRIGHT,
    CellBox,
    Look,
    Sighting,
    Strokes,
    alike,
    sightings,
)

# Set by hand on the tuning videos of the layout benchmark.
STEADY = 0.68
"""Text is steady when the two pictures of a look share this much of its strokes. On the tuning
videos, tickers share 0.49 to 0.60, credits that roll 0.40 to 0.44, signs on moving pictures 0.59 to
0.65, and two captions of which one follows the other within the look about 0.6."""
_SAME = 0.55
"""A piece of text stays on screen while this much of its strokes is common to two looks."""
_MISSED = 1
"""Looks in which text may be hidden, for example by a flash, before it counts as gone."""
_BESIDE = 2
"""Cells to the left and right of a piece of text in which new text changes the piece."""
_EXPLAINED = 0.6
"""A piece of text is a part of text that stays when this much of its strokes is."""


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """One piece of text from its first look to its last.

    Edges are shares of the picture (0 to 1), and ``line_height`` is a share of its height, or of
    its width for ``vertical`` text. ``first`` and ``last`` are positions in the list of looks.
    ``strokes`` are those of the first look.
    """

    left: float
    top: float
    right: float
    bottom: float
    line_height: float
    lines: int
    vertical: bool
    first: int
    last: int
    seen: int
    certainty: float
    steadiness: float
    strokes: Strokes
    origin: tuple[int, int]
    """Row and column of the stroke map at which ``strokes`` begins."""

    @property
    def centre_x(self) -> float:
        return (self.left + self.right) / 2

    @property
    def centre_y(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(kw_only=True)
class _Open:
    text: Sighting
    first: int
    last: int
    seen: int = 1


class AppearanceTracker:
    """Add the looks of a video in order, then finish once.

    ``unsteady`` counts the looks with moving text, per cell.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self._rows, self._columns = rows, columns
        self._open: list[_Open] = []
        self._closed: list[Appearance] = []
        self._look = -1
        self.unsteady: NDArray[np.int32] = np.zeros((rows, columns), np.int32)

    def add(self, look: Look) -> None:
        """Take the next look."""
        self._look += 1
        stays = np.zeros(look.strokes.shape, np.bool_)
        going_on = []
        for each in self._open:
            if self._stays(each, look):
                each.last = self._look
                each.seen += 1
                stays[each.text.cells.parts] |= each.text.strokes > 0
                going_on.append(each)
            elif self._look - each.last <= _MISSED:
                going_on.append(each)
            else:
                self._close(each)
        self._open = going_on
        for sighting in sightings(look):
            if sighting.steadiness < STEADY:
                self.unsteady[sighting.cells.cells] += 1
                continue
            total = int(sighting.strokes.sum(dtype=np.int64))
            explained = int(sighting.strokes[stays[sighting.cells.parts]].sum(dtype=np.int64))
            if explained < _EXPLAINED * total:
                self._open.append(_Open(text=sighting, first=self._look, last=self._look))

    def finish(self) -> list[Appearance]:
        """All appearances in the order of their first looks."""
        for each in self._open:
            self._close(each)
        self._open = []
        return sorted(self._closed, key=lambda each: (each.first, each.top, each.left))

    def _stays(self, each: _Open, look: Look) -> bool:
        cells = each.text.cells
        # A longer word over a shorter one has strokes beside it too.
        around = CellBox(
            left=max(0, cells.left - _BESIDE),
            top=cells.top,
            right=min(self._columns, cells.right + _BESIDE),
            bottom=cells.bottom,
        )
        holds_text = np.kron(look.text[around.cells] >= TEXT, np.ones((PARTS, PARTS), np.uint8))
        now = look.strokes[around.parts] * holds_text
        before = np.pad(
            each.text.strokes,
            ((0, 0), (PARTS * (cells.left - around.left), PARTS * (around.right - cells.right))),
        )
        return alike(before, now) >= _SAME

    def _close(self, each: _Open) -> None:
        text = each.text
        across, down = text.right - text.left, text.bottom - text.top
        vertical = down >= UPRIGHT * across and down >= COLUMN
        rows, columns = self._rows, self._columns
        self._closed.append(
            Appearance(
                left=text.left / columns,
                top=text.top / rows,
                right=text.right / columns,
                bottom=text.bottom / rows,
                line_height=text.line_height / (columns if vertical else rows),
                lines=text.lines,
                vertical=vertical,
                first=each.first,
                last=each.last,
                seen=each.seen,
                certainty=text.certainty,
                steadiness=text.steadiness,
                strokes=text.strokes,
                origin=(text.cells.top * PARTS, text.cells.left * PARTS),
            )
        )

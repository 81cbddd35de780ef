"""Finds the pieces of text in one look, which is two pictures of a moment."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from captionacc_layout.looking.maps import PARTS, TextMaps

# Set by hand on the tuning videos of the layout benchmark.
TEXT = 0.45
"""A cell with at least this probability holds text."""
_SURE = 0.7
"""A piece of text has at least one cell with this probability."""
_GAP = 2
"""Blanks of up to this many cells join the words of a line: spaced capitals have blanks of two."""
COLUMN = 6
"""A column of text is at least this many cells tall: two or three glyphs."""
UPRIGHT = 1.6
"""Columns are together at least this many times as tall as wide."""
_FILLED = 0.55
"""A column fills at least this share of its box; the outline of a thing does not."""
_STROKE = 0.3
"""A part with this coverage belongs to a glyph."""
_LINE_SHARE = 0.3
"""A row belongs to a line of text when it has this share of the strokes of the fullest row."""

Strokes = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class CellBox:
    """A rectangle of cells; ``right`` and ``bottom`` are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def cells(self) -> tuple[slice, slice]:
        """Rows and columns of a text map."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def parts(self) -> tuple[slice, slice]:
        """Rows and columns of a stroke map."""
        return (
            slice(self.top * PARTS, self.bottom * PARTS),
            slice(self.left * PARTS, self.right * PARTS),
        )


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A piece of text in one look: one or more lines that stand together.

    ``left`` to ``bottom`` and ``line_height`` are in cells. ``line_height`` is the height of a line
    of horizontal text, and the width of a column of vertical text. ``steadiness`` is the share of
    strokes that both pictures of the look have. ``strokes`` holds 0 to 255 per part of ``cells``.
    """

    cells: CellBox
    left: float
    top: float
    right: float
    bottom: float
    line_height: float
    lines: int
    certainty: float
    steadiness: float
    strokes: Strokes


@dataclass(frozen=True, kw_only=True)
class Look:
    """What both pictures of a look show: the lower text and the fewer strokes of the two."""

    text: NDArray[np.float32]
    strokes: Strokes
    either: Strokes


def look_at(first: TextMaps, second: TextMaps) -> Look:
    """Join the maps of two pictures that were a moment apart."""
    return Look(
        text=np.minimum(first.text, second.text),
        strokes=_bytes(np.minimum(first.strokes, second.strokes)),
        either=_bytes(np.maximum(first.strokes, second.strokes)),
    )


def _bytes(shares: NDArray[np.float32]) -> Strokes:
    return np.clip(shares * 255, 0, 255).astype(np.uint8)


def sightings(look: Look) -> list[Sighting]:
    """The pieces of text of a look, in no particular order."""
    mask = look.text >= TEXT
    upright = [
        (cells, own) for cells, own in _pieces(mask, np.ones((_GAP + 1, 1))) if _is_upright(own)
    ]
    for cells, own in upright:
        mask[cells.cells] &= ~own
    level = _pieces(mask, np.ones((1, _GAP + 1)))
    found = (_sighting(look, cells, own) for cells, own in (*upright, *level))
    return [each for each in found if each is not None]


def _pieces(
    mask: NDArray[np.bool_], gap: NDArray[np.float64]
) -> list[tuple[CellBox, NDArray[np.bool_]]]:
    """Connected cells of ``mask`` across blanks of the shape ``gap``: box and cells of each."""
    closed = cv2.morphologyEx(
        np.pad(mask, _GAP).astype(np.uint8), cv2.MORPH_CLOSE, gap.astype(np.uint8)
    )[_GAP:-_GAP, _GAP:-_GAP]
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=4)
    pieces = []
    for label in range(1, count):
        left, top, width, height, _ = (int(each) for each in stats[label])
        cells = CellBox(left=left, top=top, right=left + width, bottom=top + height)
        pieces.append((cells, (labels[cells.cells] == label) & mask[cells.cells]))
    return pieces


def _is_upright(own: NDArray[np.bool_]) -> bool:
    """Whether a piece is a column of text, or a few beside each other, rather than lines."""
    height, width = own.shape
    return height >= max(COLUMN, UPRIGHT * width) and float(own.mean()) >= _FILLED


def _sighting(look: Look, cells: CellBox, own: NDArray[np.bool_]) -> Sighting | None:
    text = look.text[cells.cells][own]
    if not text.size or text.max() < _SURE:
        return None
    inside = np.kron(own, np.ones((PARTS, PARTS), np.uint8))
    strokes = look.strokes[cells.parts] * inside
    either = look.either[cells.parts] * inside
    drawn = strokes >= _STROKE * 255
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    if not len(rows):
        return None
    across, down = columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]
    profile = strokes.sum(1 if across >= down else 0)
    lines, height = _lines(profile)
    return Sighting(
        cells=cells,
        left=cells.left + float(columns[0]) / PARTS,
        top=cells.top + float(rows[0]) / PARTS,
        right=cells.left + float(columns[-1] + 1) / PARTS,
        bottom=cells.top + float(rows[-1] + 1) / PARTS,
        line_height=height / PARTS,
        lines=lines,
        certainty=float(text.mean()),
        steadiness=float(strokes.sum() / max(1, either.sum())),
        strokes=strokes,
    )


def _lines(profile: NDArray[np.int64]) -> tuple[int, float]:
    """The number of lines, and the height of the tallest one in parts."""
    filled = np.concatenate([[0], profile >= _LINE_SHARE * profile.max(), [0]]).astype(np.int8)
    edges = np.diff(filled)
    heights = (edges == -1).nonzero()[0] - (edges == 1).nonzero()[0]
    return len(heights), float(heights.max())


def alike(a: Strokes, b: Strokes) -> float:
    """How much of the strokes of two pictures of one size is common: 0 to 1."""
    return float(
        np.minimum(a, b).sum(dtype=np.int64) / max(1, np.maximum(a, b).sum(dtype=np.int64))
    )

"""Reads text again that is too small for the network at the usual size of a frame.

Letters of less than about 8 pixels of a picture that is 288 pixels tall look like a weak line. They
are common in scripts whose fonts have much room above and below the letters, such as Arabic. Such
lines are read once more from a larger picture.

Only the probabilities come from the larger picture. The strokes stay those of the usual size: texts
are compared by their strokes, and the same text may be read again in one look and not in another.
"""

from dataclasses import replace

import cv2
import numpy as np
from captionacc_extents.network.network import COLUMNS, ROWS, ExtentsNetwork
from numpy.typing import NDArray

from captionacc_layout.looking.maps import CELL, FrameReader, Luma, Plane, TextMaps
from captionacc_layout.looking.sightings import TEXT, CellBox, Look, look_at

# Set by hand on the tuning videos of the layout benchmark.
_LARGER = 1.5
"""Sides of the larger picture over those of the usual one; at 2, many captions are too large."""
_WEAK, _SEED = 0.3, 0.55
"""The cells of a weak line have at least the first probability, and one of them has the second."""
_UNSURE = 0.4
"""The columns of a weak line have highest probabilities of at least this mean: most textures have
a lower one."""
_SURE = 0.72
"""A line is read again if the mean probability of its cells with text is lower than this."""
_SHORTEST, _TALLEST, _FLAT = 5, 3, 2.0
"""A weak line is at least 5 cells long and at most 3 tall, and at least twice as long as tall."""
_BLANK = 2
"""Blanks of up to this many cells are inside of a line."""
_MOST = 2
"""Lines of a look that are read again, the longest first: the lines of a caption. More would take
time where there is a texture."""
_AROUND = 2
"""Cells around a weak line that are read again with it."""
_SUB = 3
"""Parts of a cell's side in which cells of the two pictures begin and end together."""


class LookReader:
    """Reads looks at videos of one displayed size. Blocks: run it off the event loop."""

    def __init__(self, network: ExtentsNetwork, *, width: int, height: int) -> None:
        """Prepare for frames of the displayed size ``width`` x ``height``, in pixels."""
        self._usual = FrameReader(network, width=width, height=height)
        self._larger = FrameReader(network, width=width, height=height, scale=_LARGER)
        self.rows, self.columns = self._usual.height // CELL, self._usual.width // CELL

    def read(self, first: Luma, second: Luma) -> Look:
        """Read two pictures of a moment: luma planes with the displayed shape."""
        [before] = self._usual.read([first])
        # A look keeps the lower text of both pictures.
        maps = [before, self._usual.read_rows(second, rows_to_compare(before.text))]
        lines = weak_lines(np.minimum(maps[0].text, maps[1].text))
        if lines:
            bands = [place for line in lines for place in self._bands_of(line)]
            closer = self._larger.read_bands([first, second], bands)
            maps = _surer(maps, [_highest(each, self.rows, self.columns) for each in closer], lines)
        return look_at(*maps)

    def _bands_of(self, line: CellBox) -> list[tuple[int, int]]:
        """Top and left of the bands of the larger picture that hold a line."""
        rows, columns = self._larger.height // CELL, self._larger.width // CELL
        down, along = rows / self.rows, columns / self.columns
        top = _start((line.top + line.bottom) / 2 * down - ROWS / 2, rows - ROWS)
        left, right = line.left * along - 1, line.right * along + 1
        count = max(1, int(np.ceil((right - left) / COLUMNS)))
        lefts = [(left + right - COLUMNS) / 2]
        if count > 1:
            lefts = list(np.linspace(left, right - COLUMNS, count))
        return [(top * CELL, _start(at, columns - COLUMNS) * CELL) for at in lefts]


def rows_to_compare(text: Plane) -> NDArray[np.bool_]:
    """The rows of cells of a picture in which its text may count, if the next picture has it. Pure.

    These are the rows with text or a weak line, and those that are read again with a weak line.
    """
    rows: NDArray[np.bool_] = np.convolve(
        (text >= _WEAK).any(axis=1), np.ones(2 * _AROUND + 1, np.bool_), "same"
    )
    return rows


def weak_lines(text: Plane) -> list[CellBox]:
    """The lines of a map of probabilities that may be small text, the longest first. Pure."""
    mask = np.pad((text >= _WEAK).astype(np.uint8), _BLANK)
    blank = np.ones((1, _BLANK + 1), np.uint8)
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, blank)[_BLANK:-_BLANK, _BLANK:-_BLANK]
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=4)
    found = []
    for label in range(1, count):
        left, top, width, height, _ = (int(each) for each in stats[label])
        if width < max(_SHORTEST, _FLAT * height) or height > _TALLEST:
            continue
        box = CellBox(left=left, top=top, right=left + width, bottom=top + height)
        own = text[box.cells] * (labels[box.cells] == label)
        columns = own.max(0)
        if columns.max() < _SEED or columns.mean() < _UNSURE:
            continue
        if own[own >= TEXT].mean() < _SURE:
            found.append((float(columns.sum()), box))
    found.sort(key=lambda each: -each[0])
    return [box for _, box in found[:_MOST]]


def _surer(maps: list[TextMaps], closer: list[Plane], lines: list[CellBox]) -> list[TextMaps]:
    """The maps with the closer probabilities of those lines of which these are surer."""
    usual = [each.text for each in maps]
    result = [each.copy() for each in usual]
    rows, columns = usual[0].shape
    for line in lines:
        if _certainty(closer, line) <= _certainty(usual, line):
            continue
        # Beside the line may be its ends, or another line that is weaker still.
        around = CellBox(
            left=max(0, line.left - _AROUND),
            top=max(0, line.top - _AROUND),
            right=min(columns, line.right + _AROUND),
            bottom=min(rows, line.bottom + _AROUND),
        )
        for text, old, new in zip(result, usual, closer, strict=True):
            text[around.cells] = np.maximum(old, new)[around.cells]
            text[line.cells] = new[line.cells]
    return [replace(each, text=text) for each, text in zip(maps, result, strict=True)]


def _certainty(texts: list[Plane], line: CellBox) -> float:
    return sum(float(text[line.cells].max(0).mean()) for text in texts)


def _highest(page: Plane, rows: int, columns: int) -> Plane:
    """The highest value of the cells of ``page`` on which a cell of the result lies."""
    size = _SUB * columns, _SUB * rows
    fine = cv2.resize(page, size, interpolation=cv2.INTER_NEAREST)
    highest: Plane = fine.reshape(rows, _SUB, columns, _SUB).max((1, 3))
    return highest


def _start(at: float, latest: int) -> int:
    return max(0, min(latest, round(at)))

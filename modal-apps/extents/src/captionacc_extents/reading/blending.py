"""Measure fades in the pixels: how far each frame has gone from one picture to the next.

The network says that a text fades. While it fades, the pixels are a mixture of both pictures in
proportion to the opacity of the text, so they give the opacity of each frame.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from captionacc_extents.network.network import COLUMNS, ROWS, Bands, Cells
from captionacc_extents.reading.scores import BLEND_REACH, Row
from captionacc_extents.rules.reading import ReadingRules

SIDE = 2
"""Frames averaged at either end of the way. `_captions` and `_row` are written for two frames, so
this is not a rule."""

FAR = BLEND_REACH + SIDE - 1
"""Frames needed on either side of a boundary to measure a fade around it."""


def squares(bands: Bands, rules: ReadingRules) -> NDArray[np.uint8]:
    """The pictures that `Blends` compares: the squares of n bands, (n, 32, 256) with squares of two
    pixels."""
    height, width = bands.shape[1:]
    size = width // rules.blend_pixel_side, height // rules.blend_pixel_side
    return np.stack([cv2.resize(band, size, interpolation=cv2.INTER_AREA) for band in bands])


class Blends:
    """Feed squares, text and presence in order with `add`; `finish` returns a row for every frame.

    Row k holds how far frames k - 3 to k + 3 have gone from the mean of frames k - 4 and k - 3 to
    the mean of frames k + 3 and k + 4: 0 to 1, and beyond where something else moves. A row is NaN
    when neither mean shows a caption, or when frame k is too near an end of the video.
    """

    def __init__(self, rules: ReadingRules) -> None:
        self._rules = rules
        self._pictures = np.empty((0, _squares(rules)), np.float32)
        self._text = np.empty((0, ROWS, COLUMNS), np.float32)
        self._presence = np.empty(0, np.float32)
        self._rows: list[Row] = []

    def add(self, squares: NDArray[np.uint8], text: Cells, presence: Row) -> None:
        """Take the squares of the next n frames, their text and their presence."""
        details = np.stack([_detail(each, self._rules) for each in squares])
        pictures = np.concatenate([self._pictures, details])
        text = np.concatenate([self._text, text])
        presence = np.concatenate([self._presence, presence])
        inside = _captions(text, presence, self._rules)
        for k in range(len(pictures) - 2 * FAR):
            ends = inside[k] | inside[k + 2 * FAR + 1 - SIDE]
            self._rows.append(_row(pictures[k : k + 2 * FAR + 1], ends, self._rules))
        held = slice(-2 * FAR, None)
        self._pictures, self._text, self._presence = pictures[held], text[held], presence[held]

    def finish(self, count: int) -> NDArray[np.float16]:
        """The rows (count, 7) of all frames that were added."""
        rows = np.full((count, 2 * BLEND_REACH + 1), np.nan, np.float16)
        if self._rows:
            rows[FAR : FAR + len(self._rows)] = np.stack(self._rows)
        return rows


def _squares(rules: ReadingRules) -> int:
    return ROWS * COLUMNS * (8 // rules.blend_pixel_side) ** 2


def _captions(text: Cells, presence: Row, rules: ReadingRules) -> NDArray[np.bool_]:
    """The squares (n - 1, 8192) with text of a caption that frame k and frame k + 1 both show."""
    shown = np.minimum(presence[:-1], presence[1:]) > rules.blend_presence
    cells = ((text[:-1] + text[1:]) / SIDE > rules.text_cell) & shown[:, None, None]
    size = 8 // rules.blend_pixel_side
    return cells.repeat(size, axis=1).repeat(size, axis=2).reshape(len(cells), _squares(rules))


def _row(pictures: Row, inside: NDArray[np.bool_], rules: ReadingRules) -> Row:
    """How far each frame in the middle of 2 `FAR` + 1 frames has gone, by the squares `inside`."""
    if inside.any():
        way = pictures[-2] + pictures[-1] - pictures[0] - pictures[1]
        along = pictures @ (way * inside)
        start, end = along[:SIDE].mean(), along[-SIDE:].mean()
        # `way` is `SIDE` times the difference of the means, so this is `SIDE` times its square.
        if end - start >= SIDE * rules.blend_least_way**2:
            middle = along[FAR - BLEND_REACH : FAR + BLEND_REACH + 1]
            return np.asarray((middle - start) / (end - start), np.float32)
    return np.full(2 * BLEND_REACH + 1, np.nan, np.float32)


def _detail(squares: NDArray[np.uint8], rules: ReadingRules) -> Row:
    """The squares of a band without their local mean, (8192,) with squares of two pixels."""
    small = squares.astype(np.float32)
    around = rules.blend_surroundings, rules.blend_surroundings
    return np.asarray(small - cv2.blur(small, around), np.float32).ravel()

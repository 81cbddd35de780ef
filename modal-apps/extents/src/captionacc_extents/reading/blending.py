"""How far the picture of the text has come from what it was to what it will be, frame by frame.

The network says that a text fades; the share of the way is measured in the pixels themselves, which
are a mixture of both ends in proportion to the opacity.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from captionacc_extents.network.network import (
    COLUMNS,
    ROWS,
    TEXT,
    Bands,
    Cells,
    FrameFeatures,
)
from captionacc_extents.reading.scores import BLEND_REACH, Row

SIDE = 2
"""Frames averaged at either end of the way: two, which `_captions` and `_row` count on."""

FAR = BLEND_REACH + SIDE - 1
"""Frames needed on either side: the way takes at most twice `BLEND_REACH`."""

SHOWN = 0.0
PART = 2
"""Pixels of the band averaged along each side."""

PARTS = ROWS * COLUMNS * (8 // PART) ** 2

_DETAIL = 9
"""Parts across which the local mean is taken away: text is finer than most of what lies under."""


def details(bands: Bands) -> NDArray[np.float32]:
    """The parts of n bands without their surroundings, (n, 8192): what `Blends` compares."""
    return np.stack([_detail(band).ravel() for band in bands])


class Blends:
    """Feed details and features in order with `add`; `finish` returns a row for every frame.

    Row k holds the shares of the way, 0 to 1 and beyond, of frames k - 3 to k + 3 between the
    mean of frames k - 4 and k - 3 and that of frames k + 3 and k + 4. A row is NaN when neither end
    holds a caption, or the frame is too near an end of the video.
    """

    def __init__(self) -> None:
        self._pictures = np.empty((0, PARTS), np.float32)
        self._text = np.empty((0, ROWS, COLUMNS), np.float32)
        self._presence = np.empty(0, np.float32)
        self._rows: list[Row] = []

    def add(self, details: NDArray[np.float32], features: FrameFeatures) -> None:
        """Take the details and the features of the next n frames."""
        pictures = np.concatenate([self._pictures, details])
        text = np.concatenate([self._text, features.text])
        presence = np.concatenate([self._presence, features.presence])
        inside = _captions(text, presence)
        for k in range(len(pictures) - 2 * FAR):
            ends = inside[k] | inside[k + 2 * FAR + 1 - SIDE]
            self._rows.append(_row(pictures[k : k + 2 * FAR + 1], ends))
        held = slice(-2 * FAR, None)
        self._pictures, self._text, self._presence = pictures[held], text[held], presence[held]

    def finish(self, count: int) -> NDArray[np.float16]:
        """The rows (count, 7) of all frames that were added."""
        rows = np.full((count, 2 * BLEND_REACH + 1), np.nan, np.float16)
        if self._rows:
            rows[FAR : FAR + len(self._rows)] = np.stack(self._rows)
        return rows


def _captions(text: Cells, presence: Row) -> NDArray[np.bool_]:
    """Of each frame and the next: the parts that hold the text of a caption shown in both,
    (n - 1, 8192)."""
    shown = np.minimum(presence[:-1], presence[1:]) > SHOWN
    cells = ((text[:-1] + text[1:]) / SIDE > TEXT) & shown[:, None, None]
    size = 8 // PART
    return cells.repeat(size, axis=1).repeat(size, axis=2).reshape(len(cells), PARTS)


def _row(pictures: Row, inside: NDArray[np.bool_]) -> Row:
    """The shares of the way in the middle of 2 `FAR` + 1 frames, by the parts `inside`."""
    if inside.any():
        way = pictures[-2] + pictures[-1] - pictures[0] - pictures[1]
        along = pictures @ (way * inside)
        start, end = along[:SIDE].mean(), along[-SIDE:].mean()
        if end - start >= SIDE:
            middle = along[FAR - BLEND_REACH : FAR + BLEND_REACH + 1]
            return np.asarray((middle - start) / (end - start), np.float32)
    return np.full(2 * BLEND_REACH + 1, np.nan, np.float32)


def _detail(band: NDArray[np.uint8]) -> Row:
    size = band.shape[1] // PART, band.shape[0] // PART
    small = cv2.resize(band, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(small - cv2.blur(small, (_DETAIL, _DETAIL)), np.float32)

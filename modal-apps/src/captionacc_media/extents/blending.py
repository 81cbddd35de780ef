"""How far the picture of the text has come from what it was to what it will be, frame by frame.

The network says that a text fades; the share of the way is measured in the pixels themselves, which
are a mixture of both ends in proportion to the opacity.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from captionacc_media.extents.network import COLUMNS, ROWS, TEXT, Bands, Cells, FrameFeatures
from captionacc_media.extents.scores import BLEND_REACH, Row

SIDE = 2
"""Frames averaged at either end of the way: two, which `_mean` counts on."""

FAR = BLEND_REACH + SIDE - 1
"""Frames needed on either side: the way takes at most twice `BLEND_REACH`."""

SHOWN = 0.0
PART = 2
"""Pixels of the band averaged along each side."""

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
        self._pictures = np.empty((0, ROWS * COLUMNS * (8 // PART) ** 2), np.float32)
        self._text = np.empty((0, ROWS, COLUMNS), np.float32)
        self._presence = np.empty(0, np.float32)
        self._rows: list[Row] = []

    def add(self, details: NDArray[np.float32], features: FrameFeatures) -> None:
        """Take the details and the features of the next n frames."""
        pictures = np.concatenate([self._pictures, details])
        text = np.concatenate([self._text, features.text])
        presence = np.concatenate([self._presence, features.presence])
        for k in range(len(pictures) - 2 * FAR):
            around = slice(k, k + 2 * FAR + 1)
            self._rows.append(_row(pictures[around], text[around], presence[around]))
        held = slice(-2 * FAR, None)
        self._pictures, self._text, self._presence = pictures[held], text[held], presence[held]

    def finish(self, count: int) -> NDArray[np.float16]:
        """The rows (count, 7) of all frames that were added."""
        rows = np.full((count, 2 * BLEND_REACH + 1), np.nan, np.float16)
        if self._rows:
            rows[FAR : FAR + len(self._rows)] = np.stack(self._rows)
        return rows


def _row(pictures: Row, text: Cells, presence: Row) -> Row:
    """The shares of the way in the middle of 2 `FAR` + 1 frames."""
    nothing = np.full(2 * BLEND_REACH + 1, np.nan, np.float32)
    before, after = slice(0, SIDE), slice(-SIDE, None)
    shown = [presence[side].min() > SHOWN for side in (before, after)]
    if not any(shown):
        return nothing
    cells = np.zeros((ROWS, COLUMNS), bool)
    for side, there in zip((before, after), shown, strict=True):
        if there:
            cells |= _mean(text[side]) > TEXT
    if not cells.any():
        return nothing
    size = COLUMNS * 8 // PART, ROWS * 8 // PART
    inside = cv2.resize(cells.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    # By place: a mask of booleans would be gone through anew for every picture.
    pictures = pictures.take(np.flatnonzero(inside), axis=1)
    start = _mean(pictures[before])
    way = _mean(pictures[after]) - start
    length = float(way @ way)
    if length < 1:
        return nothing
    middle = pictures[FAR - BLEND_REACH : FAR + BLEND_REACH + 1]
    return np.asarray((middle - start) @ way / length, np.float32)


def _mean(pair: NDArray[np.float32]) -> NDArray[np.float32]:
    # Of two, a sum takes half of the time that numpy's mean takes.
    return np.asarray((pair[0] + pair[1]) / SIDE, np.float32)


def _detail(band: NDArray[np.uint8]) -> Row:
    size = band.shape[1] // PART, band.shape[0] // PART
    small = cv2.resize(band, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(small - cv2.blur(small, (_DETAIL, _DETAIL)), np.float32)

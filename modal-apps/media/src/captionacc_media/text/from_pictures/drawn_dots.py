"""Puts back dots that an engine read as letters. Pure.

An engine reads the dots of a line that has no letters, such as "...", as round letters: "000". The
picture shows whether they are dots.
"""

from collections.abc import Sequence

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from captionacc_media.text.boxes import TextBox
from captionacc_media.text.from_pictures.letter_ink import Grey, cut_out, letter_ink

_LIKE_DOTS = frozenset("0OoQCcDU□口○。.·•…●:;,")
"""What engines read for dots."""
_NUMBERS = range(2, 7)
"""A row of dots has this many; a single one is a speck of the picture."""
_FILLED = 0.65
"""Least share of a dot's rectangle that has ink; a disc has .79."""
_ROUNDNESS = 1.4
"""Largest ratio of the sides of a dot's rectangle."""
_ONE_BACKGROUND = 2
"""Components when the background is one piece, with the ink; letters such as "0" enclose more."""
_UNLIKE = 1.5
"""Largest ratio of the sizes of two dots in one row."""
_SPECK = 0.2
"""A mark with less than this share of the largest mark's ink is noise of the compression."""
_CONFIDENCE = 0.9
"""Confidence of dots, set by hand: they are measured, but small round things may pass for them."""


def with_drawn_dots(boxes: Sequence[TextBox], picture: Grey) -> list[TextBox]:
    """The boxes of a grey picture (H x W); where it shows only dots, the text is these dots."""
    return [_with_dots(box, picture) for box in boxes]


def _with_dots(box: TextBox, picture: Grey) -> TextBox:
    characters = set(box.text) - {" "}
    if not characters or not characters <= _LIKE_DOTS:
        return box
    ink = letter_ink(cut_out(box, picture))
    number = 0 if ink is None else _dots(ink)
    if number not in _NUMBERS:
        return box
    return msgspec.structs.replace(box, text="." * number, confidence=_CONFIDENCE, readable=True)


def _dots(ink: npt.NDArray[np.bool_]) -> int:
    """Number of dots when all ink is equal dots in one row, else 0."""
    around, _ = cv2.connectedComponents((~np.pad(ink, 1)).astype(np.uint8), connectivity=4)
    if around > _ONE_BACKGROUND:
        return 0
    _, _, found, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    marks = found[1:]  # The first component is what is not ink.
    if len(marks) == 0:
        return 0
    areas = marks[:, cv2.CC_STAT_AREA]
    marks = marks[areas >= _SPECK * areas.max()]
    widths, heights = marks[:, cv2.CC_STAT_WIDTH], marks[:, cv2.CC_STAT_HEIGHT]
    tops, areas = marks[:, cv2.CC_STAT_TOP], marks[:, cv2.CC_STAT_AREA]
    sides = np.r_[widths, heights]
    are_dots = (
        (areas >= _FILLED * widths * heights).all()
        and np.maximum(widths / heights, heights / widths).max() <= _ROUNDNESS
        and sides.max() <= _UNLIKE * sides.min()
        and np.ptp(tops) <= heights.max() / 2
    )
    return len(marks) if are_dots else 0

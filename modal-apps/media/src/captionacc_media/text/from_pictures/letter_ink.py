"""Tells the strokes of letters from what is behind them. Pure."""

import cv2
import numpy as np
import numpy.typing as npt

from captionacc_media.text.boxes import TextBox

Grey = npt.NDArray[np.uint8]
Ink = npt.NDArray[np.bool_]

_LEAST_CONTRAST = 48
"""Strokes differ by this many of 255 levels from what surrounds them; captions differ by more."""


def grey(picture: npt.NDArray[np.uint8]) -> Grey:
    """The brightness, H x W, of a picture in RGB."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


def cut_out(box: TextBox, picture: Grey) -> Grey:
    """The part of a grey picture that a box covers; it is empty for a box outside the picture."""
    return picture[
        max(0, int(box.top)) : int(np.ceil(box.bottom)),
        max(0, int(box.left)) : int(np.ceil(box.right)),
    ]


def letter_ink(area: Grey) -> Ink | None:
    """The pixels of strokes, without their outlines; None when nothing stands out."""
    if area.size == 0:
        return None
    levels = area.astype(np.float64)
    dark, usual, bright = np.percentile(levels, [2, 50, 98])
    # The letters differ most from the picture; their outlines, if they have any, differ less.
    if bright - usual < usual - dark:
        levels, usual, bright = 255 - levels, 255 - usual, 255 - dark
    if bright - usual < _LEAST_CONTRAST:
        return None
    return np.asarray(levels >= (usual + bright) / 2, np.bool_)

"""Prepares pictures of caption lines for Tesseract, which expects dark text on white. Pure."""

import cv2
import numpy as np
from numpy.typing import NDArray

from captionacc_media.ocr.recognition.line_recogniser import LineImage

GreyImage = NDArray[np.uint8]

_HEIGHT = 48
"""Pixels of a line; Tesseract reads capitals of 20 to 40 pixels best."""
_MARGIN = 12
"""White pixels on every side; Tesseract loses letters that touch the edge of a picture."""
_BRIGHT_PERCENTILE = 97
"""The text's own brightness is at most this percentile of the line."""
_WHITE_BELOW = 0.6
"""What is darker than this share of the text's brightness is background. Set on 112 generated lines
in eight languages: .45 lost a tenth more characters."""


def bright_on_dark(line: LineImage) -> list[GreyImage]:
    """Two pictures of a line of bright text: by brightness, and by the least of the three colours.

    The first suits coloured text, and the second white text on a coloured background.
    """
    return [_as_paper(_grey(line)), _as_paper(line.min(axis=2))]


def dark_on_bright(line: LineImage) -> list[GreyImage]:
    """One picture of a line of dark text."""
    return [_as_paper(255 - _grey(line))]


def _grey(line: LineImage) -> GreyImage:
    return cv2.cvtColor(line, cv2.COLOR_BGR2GRAY).astype(np.uint8)


def _as_paper(bright: GreyImage) -> GreyImage:
    scale = _HEIGHT / bright.shape[0]
    shape = (max(1, round(bright.shape[1] * scale)), _HEIGHT)
    resized = cv2.resize(
        bright, shape, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    ).astype(np.float32)
    text = max(1.0, float(np.percentile(resized, _BRIGHT_PERCENTILE)))
    background = text * _WHITE_BELOW
    ink = np.clip((resized - background) / (text - background), 0, 1)
    paper = np.full((_HEIGHT + 2 * _MARGIN, shape[0] + 2 * _MARGIN), 255, np.uint8)
    paper[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN] = 255 * (1 - ink)
    return paper

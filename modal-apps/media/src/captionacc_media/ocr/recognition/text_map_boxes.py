"""Finds the boxes of lines in the text map of a detector of the PP-OCR family (DB).

The steps and their constants are those of RapidOCR, which the detector was shipped with. This file
is adapted from its ``ch_ppocr_det``: Copyright (c) 2021 RapidAI, Apache License 2.0, of which
``modal-apps/media/licenses`` has the text. Changed: NumPy and OpenCV do what pyclipper and Shapely
did, boxes grow as rectangles, and boxes stay in pixels of the map.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Corners = NDArray[np.float32]
"""Four corners (4 x 2) of a box, which may be turned, clockwise from the top left one."""
TextMap = NDArray[np.float32]
"""Probabilities (height x width) that a pixel is in the middle of a line."""

_IN_LINE = 0.3
_LEAST_SCORE = 0.5
"""Least mean probability of a box."""
_GROWTH = 1.6
"""The map shows only the middle of lines. Boxes grow by so many times area over circumference."""
_THINNEST, _THINNEST_GROWN = 3, 5
"""Pixels of the map."""
_MOST = 1000
"""Noise may have thousands of spots; no picture has so many lines."""
_SAME_ROW = 10
"""Boxes whose tops are less than this many pixels of the picture apart stand in one row."""


def line_boxes(text_map: TextMap) -> list[Corners]:
    """The boxes of lines, in pixels of the map, in any order."""
    mask = cv2.dilate((text_map > _IN_LINE).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    boxes: list[Corners] = []
    for contour in contours[:_MOST]:
        centre, (wide, tall), angle = cv2.minAreaRect(contour)
        corners = _corners(centre, (wide, tall), angle)
        if min(wide, tall) < _THINNEST or _score(text_map, corners) < _LEAST_SCORE:
            continue
        growth = wide * tall * _GROWTH / (wide + tall)
        if min(wide, tall) + growth >= _THINNEST_GROWN:
            boxes.append(_clockwise(_corners(centre, (wide + growth, tall + growth), angle)))
    return boxes


def in_reading_order(boxes: Sequence[Corners]) -> list[Corners]:
    """The boxes from top to bottom, and in a row from left to right."""
    by_top = sorted(boxes, key=lambda box: float(box[0, 1]))
    rows: list[list[Corners]] = []
    for box in by_top:
        if rows and box[0, 1] - rows[-1][-1][0, 1] < _SAME_ROW:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda box: float(box[0, 0]))]


def _corners(centre: Sequence[float], size: tuple[float, float], angle: float) -> Corners:
    return np.asarray(cv2.boxPoints((centre, size, angle)), np.float32)


def _score(text_map: TextMap, corners: Corners) -> float:
    height, width = text_map.shape
    left, top = np.clip(np.floor(corners.min(0)).astype(int), 0, (width - 1, height - 1))
    right, bottom = np.clip(np.ceil(corners.max(0)).astype(int), 0, (width - 1, height - 1))
    inside = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(inside, [(corners - (left, top)).astype(np.int32)], (1,))
    return float(cv2.mean(text_map[top : bottom + 1, left : right + 1], inside)[0])


def _clockwise(corners: Corners) -> Corners:
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left = by_x[:2][np.argsort(by_x[:2, 1], kind="stable")]
    right = by_x[2:][np.argsort(by_x[2:, 1], kind="stable")]
    return np.array([left[0], right[0], right[1], left[1]], np.float32)

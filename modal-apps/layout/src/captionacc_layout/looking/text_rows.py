"""Finds the rows of a frame in which text may stand, so that an OCR engine reads only these."""

import math
from dataclasses import dataclass

import numpy as np
from captionacc_extents.network.network import ExtentsNetwork
from numpy.typing import NDArray

from captionacc_layout.looking.maps import FrameReader, Luma

# Measured on the stored frames of the layout benchmark's tuning videos.
_MAY_BE_TEXT = 0.3
"""A cell with at least this probability may hold text. Tracks need more: rows that are read in vain
cost a little time, and rows that are left out cost their text."""
_BESIDE = 2
"""Rows of cells that are read above and below text: about a line of usual captions."""
_TOLERANCE = 0.05
"""Rows may be cut by this share of a step rather than have another step."""


@dataclass(frozen=True, kw_only=True)
class RowRules:
    """How an engine likes its pictures.

    The height of rows is a multiple of ``step`` pixels and at least ``least`` pixels, if the frame
    allows. When more than ``most`` of the frame (0 to 1) may hold text, the whole frame is read.
    """

    step: float
    least: float
    most: float


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows of pixels of a frame; ``bottom`` is exclusive."""

    top: int
    bottom: int


class TextRowFinder:
    """Finds the rows of frames of one displayed size. Blocks: run it off the event loop."""

    def __init__(
        self, network: ExtentsNetwork, *, width: int, height: int, rules: RowRules
    ) -> None:
        """Prepare for frames of the displayed size ``width`` x ``height``, in pixels."""
        self._reader = FrameReader(network, width=width, height=height)
        self._height = height
        self._rules = rules

    def find(self, frame: Luma) -> list[Rows]:
        """The rows of a luma plane that may hold text, from top to bottom; they do not overlap."""
        [maps] = self._reader.read([frame])
        return rows_of(maps.text.max(axis=1) >= _MAY_BE_TEXT, self._height, self._rules)


def rows_of(may_be_text: NDArray[np.bool_], height: int, rules: RowRules) -> list[Rows]:
    """The rows of pixels to read of a frame that is ``height`` pixels tall. Pure.

    ``may_be_text`` says for each row of cells whether it may hold text.
    """
    step = rules.step
    cell = height / len(may_be_text)
    spans: list[tuple[float, float]] = []
    for row in np.flatnonzero(may_be_text):
        low, high = (int(row) - _BESIDE) * cell, (int(row) + 1 + _BESIDE) * cell
        spans = _joined(spans, low, high)
    stepped: list[tuple[float, float]] = []
    for low, high in spans:
        steps = max(math.ceil((high - low) / step - _TOLERANCE), math.ceil(rules.least / step))
        whole = min(height, step * steps)
        top = min(max(0.0, (low + high - whole) / 2), height - whole)
        stepped = _joined(stepped, top, top + whole)
    if sum(high - low for low, high in stepped) > rules.most * height:
        return [Rows(top=0, bottom=height)]
    return [Rows(top=round(low), bottom=round(high)) for low, high in stepped]


def _joined(spans: list[tuple[float, float]], low: float, high: float) -> list[tuple[float, float]]:
    """Add a span that begins no higher than the others; it is joined to the last if they touch."""
    if spans and low <= spans[-1][1]:
        return [*spans[:-1], (spans[-1][0], max(high, spans[-1][1]))]
    return [*spans, (low, high)]

"""The parts of stored frames that an OCR engine reads, and the pages that it makes of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import msgspec
import numpy as np
from captionacc_layout.looking.text_rows import RowRules
from captionacc_media.frames.luma import Plane
from captionacc_media.ocr.protocol import OcrPage, RgbImage
from captionacc_media.ocr.recognition.line_detector import (
    row_step,
    worth_cutting,
)

_WORTH = 0.7
"""Several parts take a little longer than one picture of their size."""
_SHRUNK = 4
"""Pixels per side of the squares whose mean luma is compared: about a stroke of a small letter."""
_SAME = 8.0
"""Two pictures are the same when no square differs by more than this much of 255. Of captions 12
pixels tall that differ by one digit, the digit changes a square by 24 or more."""


def row_rules(width: int, height: int) -> RowRules:
    """How the local engines' detector likes the rows of frames of this size, in pixels."""
    return RowRules(
        step=row_step(width),
        least=row_step(width),
        most=_WORTH * worth_cutting(width, height),
    )


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows of a frame, ``top`` pixels below its upper edge."""

    top: int
    picture: RgbImage


@dataclass(frozen=True, kw_only=True)
class FrameParts:
    """What to read of the frame at ``index``.

    ``parts`` is None when the frame shows the same as the stored frame before it.
    """

    index: int
    parts: list[Part] | None


class FramePage(msgspec.Struct, frozen=True, kw_only=True):
    """What was read in the frame at ``index``."""

    index: int
    page: OcrPage


class SameAsBefore:
    """Compares each stored frame with the one before it."""

    def __init__(self) -> None:
        self._before: Plane | None = None

    def is_same(self, luma: Plane) -> bool:
        """Whether the frame shows the same as the frame of the call before."""
        height, width = luma.shape
        size = max(1, width // _SHRUNK), max(1, height // _SHRUNK)
        small = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)
        before, self._before = self._before, small
        return before is not None and float(cv2.absdiff(before, small).max()) <= _SAME


def frame_pages(
    frames: Sequence[FrameParts], read: Sequence[OcrPage], before: OcrPage
) -> Iterator[FramePage]:
    """The page of each frame.

    Args:
        frames: the frames, in order.
        read: a page per part of the frames, in order.
        before: the page of the frame before these frames.
    """
    pages = iter(read)
    for frame in frames:
        if frame.parts is not None:
            before = _joined([(part.top, next(pages)) for part in frame.parts])
        yield FramePage(index=frame.index, page=before)


def _joined(parts: Sequence[tuple[int, OcrPage]]) -> OcrPage:
    """One page of the parts of a frame, or an error when a part could not be read."""
    error = next((page.error for _, page in parts if page.error is not None), None)
    if error is not None:
        return OcrPage(error=error)
    return OcrPage(
        boxes=[
            msgspec.structs.replace(box, top=box.top + top, bottom=box.bottom + top)
            for top, page in parts
            for box in page.boxes
        ]
    )

"""Maps of the text in a whole frame, read by the network of the extents model.

The network reads bands of 64 x 512 pixels. A frame is resized to about the area of 512 x 288 pixels
and cut into overlapping bands, so that usual captions have the height that the network knows.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from captionacc_extents.network.network import COLUMNS, ROWS, ExtentsNetwork
from captionacc_media.cropping.band import BAND_HEIGHT, BAND_WIDTH
from numpy.typing import NDArray

CELL = 8
"""Pixels of a resized frame per side of a cell of `TextMaps.text`."""
PART = 2
"""Pixels of a resized frame per side of a cell of `TextMaps.strokes`."""
PARTS = CELL // PART
"""Cells of a stroke map per side of a cell of a text map."""
_AREA = 512 * 288
"""Pixels of a resized frame: captions of a 16:9 video are 12 to 30 pixels tall in it. Frames of
other shapes have the same area, so that their captions have about the same size."""
_STEP = 32
"""Bands start this many pixels apart: each line of up to 32 pixels lies whole in one band."""
_TRUST = np.array([0.2, 0.6, 1, 1, 1, 1, 0.6, 0.2], np.float32)[:, None]
"""Weight of the rows of a band: its edge rows may hold a part of a line."""

Luma = NDArray[np.uint8]
Plane = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class TextMaps:
    """Text of one frame, in a picture resized to ``8 h x 8 w`` pixels.

    ``text`` (h, w): probability that a cell holds text. ``strokes`` (4 h, 4 w): coverage by glyphs.
    """

    text: Plane
    strokes: Plane


class FrameReader:
    """Reads frames of one displayed size. Blocks: run it off the event loop."""

    def __init__(
        self, network: ExtentsNetwork, *, width: int, height: int, scale: float = 1.0
    ) -> None:
        """Plan the bands.

        Args:
            network: reads the bands.
            width: the displayed width in pixels.
            height: the displayed height in pixels.
            scale: sides of a resized frame over the usual ones.
        """
        self._network = network
        aspect, area = width / height, _AREA * scale**2
        self.width = _whole_cells((area * aspect) ** 0.5)
        self.height = max(BAND_HEIGHT, _whole_cells((area / aspect) ** 0.5))
        tops = _starts(self.height, BAND_HEIGHT, _STEP)
        # Parts of a wide frame overlap by a fifth, about a word.
        lefts = _starts(max(self.width, BAND_WIDTH), BAND_WIDTH, BAND_WIDTH * 4 // 5)
        self._places = [(top, left) for top in tops for left in lefts]

    def read(self, frames: list[Luma]) -> list[TextMaps]:
        """Maps of luma planes with the displayed shape, of any size."""
        pages = [self._resized(frame, self.height) for frame in frames]
        bands = [
            page[top : top + BAND_HEIGHT, left : left + BAND_WIDTH]
            for page in pages
            for top, left in self._places
        ]
        return self._maps(bands, self._places)

    def read_rows(self, frame: Luma, rows: NDArray[np.bool_]) -> TextMaps:
        """Maps of the bands that hold some of ``rows``, the rows of cells; elsewhere, they are 0.

        In these rows, the maps are the same as those of the whole frame.
        """
        places = [
            (top, left)
            for top, left in self._places
            if rows[top // CELL : top // CELL + ROWS].any()
        ]
        if not places:
            shape = self.height // CELL, self.width // CELL
            strokes = shape[0] * PARTS, shape[1] * PARTS
            return TextMaps(text=np.zeros(shape, np.float32), strokes=np.zeros(strokes, np.float32))
        page = self._resized(frame, self.height)
        bands = [page[top : top + BAND_HEIGHT, left : left + BAND_WIDTH] for top, left in places]
        [maps] = self._maps(bands, places)
        return maps

    def read_bands(self, frames: list[Luma], places: list[tuple[int, int]]) -> list[Plane]:
        """`TextMaps.text` of some bands of the frames; it is 0 elsewhere.

        ``places`` holds the top and the left of each band in the resized frame, in whole cells.
        """
        bands = [
            self._rows(frame, top)[:, left : left + BAND_WIDTH]
            for frame in frames
            for top, left in places
        ]
        return [each.text for each in self._maps(bands, places)]

    def _maps(self, bands: list[Luma], places: list[tuple[int, int]]) -> list[TextMaps]:
        features = self._network.encode(np.stack(bands))
        count = len(places)
        return [
            self._assembled(
                features.text[start : start + count],
                features.embedding[start : start + count, : PARTS * PARTS],
                places,
            )
            for start in range(0, len(bands), count)
        ]

    def _rows(self, frame: Luma, top: int) -> Luma:
        """The rows of a band; resizing them alone takes a tenth of the time of the whole frame."""
        share = len(frame) / self.height
        rows = slice(math.floor(top * share), math.ceil((top + BAND_HEIGHT) * share))
        return self._resized(frame[rows], BAND_HEIGHT)

    def _resized(self, frame: Luma, height: int) -> Luma:
        small = cv2.resize(frame, (self.width, height), interpolation=cv2.INTER_AREA)
        # Beside a narrow frame, the band repeats the frame's edge: a black bar would be an edge.
        beside = max(0, BAND_WIDTH - self.width)
        return np.pad(small, ((0, 0), (0, beside)), mode="edge")

    def _assembled(
        self,
        text: Plane,
        strokes: Plane,
        places: list[tuple[int, int]],
    ) -> TextMaps:
        rows, columns = self.height // CELL, max(self.width, BAND_WIDTH) // CELL
        sums = np.zeros((1 + PARTS * PARTS, rows, columns), np.float32)
        weights = np.zeros((rows, columns), np.float32)
        for (top, left), band_text, band_strokes in zip(places, text, strokes, strict=True):
            at = slice(top // CELL, top // CELL + ROWS), slice(left // CELL, left // CELL + COLUMNS)
            sums[(0, *at)] += band_text * _TRUST
            sums[(slice(1, None), *at)] += band_strokes * _TRUST
            weights[at] += _TRUST
        means = (sums / np.maximum(weights, _TRUST.min()))[:, :, : self.width // CELL]
        rows, columns = means.shape[1:]
        fine = means[1:].reshape(PARTS, PARTS, rows, columns).transpose(2, 0, 3, 1)
        return TextMaps(text=means[0], strokes=fine.reshape(rows * PARTS, columns * PARTS))


def _whole_cells(pixels: float) -> int:
    return max(1, round(pixels / CELL)) * CELL


def _starts(size: int, length: int, step: int) -> list[int]:
    """Starts of spans that cover ``size``; the last span ends where the frame ends."""
    return sorted({*range(0, size - length, step), size - length})

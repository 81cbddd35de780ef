"""Turns cropped pictures into batches of bands for the model."""

from typing import Protocol

import numpy as np

from captionacc_media.cropping.band import luma_band
from captionacc_media.frames.luma import Plane

_BANDS_PER_BATCH = 32
"""1 MB per batch: large enough for an efficient call of the model, small in memory."""


class BandSink(Protocol):
    """Takes the bands of a video; ``captionacc_extents.inference.ExtentsInference`` is one."""

    def add(self, bands: Plane) -> None:
        """Take the next bands, n x 64 x 512."""
        ...


class BandBatches:
    """Turns luma planes into bands and passes the bands on in batches."""

    def __init__(self, sink: BandSink, *, turned: bool = False) -> None:
        """``turned`` is for vertical text: a turn to the left lays its columns down as lines."""
        self._sink = sink
        self._turned = turned
        self._bands: list[Plane] = []
        self._last: tuple[Plane, Plane] | None = None

    def add(self, luma: Plane) -> None:
        """Add the luma plane of the next index, height x width."""
        # While one picture stays on screen, every index has the same array.
        if self._last is None or self._last[0] is not luma:
            laid = np.ascontiguousarray(np.rot90(luma)) if self._turned else luma
            self._last = luma, luma_band(laid)
        self._bands.append(self._last[1])
        if len(self._bands) == _BANDS_PER_BATCH:
            self.flush()

    def flush(self) -> None:
        """Pass on the bands of an incomplete batch; call it after the last plane."""
        if self._bands:
            self._sink.add(np.stack(self._bands))
            self._bands.clear()

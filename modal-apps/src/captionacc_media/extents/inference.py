"""From a stream of bands to captions: what the crop-and-infer function calls."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from captionacc_contracts.extents import CaptionExtent, PairResult
from numpy.typing import NDArray

from captionacc_media.extents.band import BAND_HEIGHT, BAND_WIDTH
from captionacc_media.extents.blending import Blends
from captionacc_media.extents.comparisons import Comparisons
from captionacc_media.extents.network import (
    COLUMNS,
    ROWS,
    Bands,
    Cells,
    ExtentsNetwork,
    FrameFeatures,
)
from captionacc_media.extents.pairs import pair_results
from captionacc_media.extents.refinement import decode
from captionacc_media.extents.scores import FrameScores, Row
from captionacc_media.extents.static_cells import static_cells

BLOCK = 8
"""Frames encoded at once, however they come; so the result cannot depend on that."""

OPENING = 960
"""Frames from which the static cells are found; they are held until then (about 95 MB)."""

AHEAD = 4
"""Blocks encoded, or waiting for it, beyond those that are being compared."""

SAMPLE_EVERY = 8
TEXT = 0.3


@dataclass(frozen=True, kw_only=True)
class ExtentsOutcome:
    """Extents that tile the frames, a row for each pair of neighbours, and who said so."""

    extents: list[CaptionExtent]
    pairs: list[PairResult]
    model_version: str


class ExtentsInference:
    """Add the bands of a video in order, then finish once.

    Holds about 95 MB and one kilobyte for each frame. Calls block: run them off the event loop.
    `threads` encode while the caller's compares what they have done, so a network that uses one
    thread in a call serves best; OpenCV is held to as many. They end with `finish`, or with this
    object. What the network raises for a block comes out of a later `add`, or of `finish`.
    """

    def __init__(self, network: ExtentsNetwork, *, threads: int = 1) -> None:
        cv2.setNumThreads(threads)
        self._network = network
        self._comparisons = Comparisons(network)
        self._blends = Blends()
        self._count = 0
        self._waiting: list[Bands] = []
        self._pool = ThreadPoolExecutor(threads, "encode bands")
        self._encoded: deque[tuple[Bands, Future[FrameFeatures]]] = deque()
        self._ahead = AHEAD + threads
        self._opening = True
        self._static: NDArray[np.bool_] | None = None
        self._last: tuple[Bands, Cells] | None = None

    def add(self, bands: Bands) -> None:
        """Take the next n bands, (n, 64, 512) uint8; raises ValueError for another shape."""
        if bands.ndim != 3 or bands.shape[1:] != (BAND_HEIGHT, BAND_WIDTH):
            raise ValueError(f"Bands are (n, 64, 512), not {bands.shape}; use luma_band.")
        if bands.dtype != np.uint8:
            raise ValueError(f"Bands are uint8, not {bands.dtype}; use luma_band.")
        self._waiting.append(bands)
        if sum(map(len, self._waiting)) < BLOCK:
            return
        bands = np.concatenate(self._waiting)
        whole = len(bands) // BLOCK * BLOCK
        for first in range(0, whole, BLOCK):
            self._take(bands[first : first + BLOCK])
        self._waiting = [bands[whole:].copy()]

    def finish(self) -> ExtentsOutcome:
        """Decode everything that was added; also right for no frame, one or two."""
        scores = self.scores()
        return ExtentsOutcome(
            extents=decode(scores),
            pairs=pair_results(scores),
            model_version=self._network.version,
        )

    def scores(self) -> FrameScores:
        """What `finish` decodes; ends the stream as well."""
        rest = np.concatenate(self._waiting) if self._waiting else np.empty((0,), np.uint8)
        if len(rest):
            self._take(rest)
        self._waiting = []
        self._settle()
        while self._encoded:
            self._compare_next()
        self._pool.shutdown()
        return self._comparisons.finish(self._blends.finish(self._count))

    def _take(self, block: Bands) -> None:
        # A slice would keep all that came with it.
        block = block.copy()
        encoded = self._pool.submit(self._network.encode, block, self._static)
        self._encoded.append((block, encoded))
        if len(self._encoded) > self._ahead:
            # Waits, so that the queue stays short, and raises what went wrong.
            self._encoded[-1 - self._ahead][1].result()
        if self._opening:
            if len(self._encoded) * BLOCK >= OPENING:
                self._settle()
            return
        # Two for each that comes, until the opening is worked off.
        for _ in range(2):
            if len(self._encoded) > self._ahead:
                self._compare_next()

    def _settle(self) -> None:
        """Find the static cells and leave them out of what was encoded before they were known."""
        if not self._opening:
            return
        self._opening = False
        blocks = [block for block, _ in self._encoded]
        if not blocks:
            return
        text = np.concatenate([features.result().text for _, features in self._encoded])
        found = static_cells(np.concatenate(blocks)[::SAMPLE_EVERY], text[::SAMPLE_EVERY])
        if found.any():
            self._static = found
            for k, (block, features) in enumerate(self._encoded):
                rest = self._pool.submit(self._network.leave_out, features.result(), found)
                self._encoded[k] = (block, rest)

    def _compare_next(self) -> None:
        block, encoded = self._encoded[0]
        features = encoded.result()
        self._encoded.popleft()
        self._compare(block, features)

    def _compare(self, block: Bands, features: FrameFeatures) -> None:
        self._comparisons.add(features, self._picture_changes(block, features.text))
        self._blends.add(block, features)
        self._count += len(block)
        self._last = (block[-1:].copy(), features.text[-1:])

    def _picture_changes(self, block: Bands, text: Cells) -> Row:
        """Mean change of the cells without text since the frame before; 0 at the first."""
        before = self._last or (block[:1], text[:1])
        pictures = np.concatenate([before[0], block])
        texts = np.concatenate([before[1], text])
        plain = (texts[:-1] < TEXT) & (texts[1:] < TEXT)
        changes = np.zeros(len(block), np.float32)
        for k in range(len(block)):
            if plain[k].any():
                change = cv2.absdiff(pictures[k], pictures[k + 1])
                cells = cv2.resize(change, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
                changes[k] = cells[plain[k]].mean()
        return changes

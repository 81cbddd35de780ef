"""From a stream of bands to captions; the crop-and-infer function calls this."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np
from captionacc_contracts.frames.extents import CaptionExtent, PairResult
from captionacc_media.cropping.band import BAND_HEIGHT, BAND_WIDTH
from numpy.typing import NDArray

from captionacc_extents.decoding.decode import decode
from captionacc_extents.decoding.pairs import pair_results
from captionacc_extents.network.network import Bands, Cells, ExtentsNetwork
from captionacc_extents.reading.blending import Blends
from captionacc_extents.reading.blocks import Block, picture_changes, read_block
from captionacc_extents.reading.comparisons import Comparisons
from captionacc_extents.reading.scores import FrameScores
from captionacc_extents.reading.sparse_reading import leave_out
from captionacc_extents.reading.static_cells import static_cells

AHEAD = 2
"""Blocks that are read, or wait to be read, besides one per thread. The result does not depend on
it: more would only hold more memory."""


@dataclass(frozen=True, kw_only=True)
class ExtentsOutcome:
    """Extents that tile the frames, a row per pair of neighbours, and the version of the model."""

    extents: list[CaptionExtent]
    pairs: list[PairResult]
    model_version: str


class ExtentsInference:
    """Add the bands of a video in order, then finish once.

    Frames are read in blocks of `block_frames`, however many come with each `add`, so the result
    does not depend on that. Holds about 80 MB and one kilobyte per frame. Calls block: run them
    off the event loop.

    `threads` threads read blocks while the caller's thread compares the blocks that are read. A
    network that uses one thread per call works best; OpenCV is limited to `threads` as well. The
    threads end with `finish`, or when this object is dropped. An error that the network raises
    comes out of a later `add`, or of `finish`.
    """

    def __init__(self, network: ExtentsNetwork, *, threads: int = 1) -> None:
        cv2.setNumThreads(threads)
        self._network = network
        self._rules = network.rules.reading
        self._comparisons = Comparisons(network)
        self._blends = Blends(self._rules)
        self._count = 0
        self._waiting: list[Bands] = []
        self._pool = ThreadPoolExecutor(threads, "read bands")
        self._blocks: deque[Future[Block]] = deque()
        self._ahead = AHEAD + threads
        self._opening = True
        self._samples: list[Bands] = []
        """Bands of the opening, one in `sample_every`."""
        self._static: NDArray[np.bool_] | None = None
        self._last_band: Bands | None = None
        self._last_text: Cells | None = None

    def add(self, bands: Bands) -> None:
        """Take the next n bands, (n, 64, 512) uint8; else raises ValueError."""
        if bands.ndim != 3 or bands.shape[1:] != (BAND_HEIGHT, BAND_WIDTH):
            raise ValueError(f"Bands are (n, 64, 512), not {bands.shape}; use luma_band.")
        if bands.dtype != np.uint8:
            raise ValueError(f"Bands are uint8, not {bands.dtype}; use luma_band.")
        self._waiting.append(bands)
        size = self._rules.block_frames
        if sum(map(len, self._waiting)) < size:
            return
        bands = np.concatenate(self._waiting)
        whole = len(bands) // size * size
        for first in range(0, whole, size):
            self._take(bands[first : first + size])
        self._waiting = [bands[whole:].copy()]

    def finish(self) -> ExtentsOutcome:
        """Decode all frames that were added; zero, one or two frames are allowed."""
        scores = self.scores()
        return ExtentsOutcome(
            extents=decode(scores, self._network.rules),
            pairs=pair_results(scores),
            model_version=self._network.version,
        )

    def scores(self) -> FrameScores:
        """The scores that `finish` decodes; ends the stream as well."""
        rest = np.concatenate(self._waiting) if self._waiting else np.empty((0,), np.uint8)
        if len(rest):
            self._take(rest)
        self._waiting = []
        self._settle()
        while self._blocks:
            self._compare_next()
        self._pool.shutdown()
        return self._comparisons.finish(self._blends.finish(self._count))

    def _take(self, bands: Bands) -> None:
        # A slice would keep the whole array that it is part of.
        bands = bands.copy()
        before = bands[:1] if self._last_band is None else self._last_band
        self._last_band = bands[-1:]
        if self._opening:
            self._samples.append(bands[:: self._rules.sample_every].copy())
        reading = self._pool.submit(read_block, self._network, before, bands, self._static)
        self._blocks.append(reading)
        if len(self._blocks) > self._ahead:
            # Waits so that the queue stays short; raises the error of a block that failed.
            self._blocks[-1 - self._ahead].result()
        if self._opening:
            if len(self._blocks) * self._rules.block_frames >= self._rules.opening_frames:
                self._settle()
            return
        # Compare two queued blocks per new one until the backlog of the opening is gone.
        for _ in range(2):
            if len(self._blocks) > self._ahead:
                self._compare_next()

    def _settle(self) -> None:
        """End the opening: find the static cells and leave them out of the blocks read so far."""
        if not self._opening:
            return
        self._opening = False
        samples, self._samples = self._samples, []
        if not samples:
            return
        read = (block.result().features for block in self._blocks)
        text = np.concatenate([each.text[:: self._rules.sample_every] for each in read])
        found = static_cells(np.concatenate(samples), text, self._rules)
        if found.any():
            self._static = found
            for k, block in enumerate(self._blocks):
                self._blocks[k] = self._pool.submit(self._without_static, block.result(), found)

    def _without_static(self, block: Block, static: NDArray[np.bool_]) -> Block:
        return replace(block, features=leave_out(self._network, block.features, static))

    def _compare_next(self) -> None:
        block = self._blocks[0].result()
        self._blocks.popleft()
        features, text = block.features, block.features.text
        text_before = text[:1] if self._last_text is None else self._last_text
        self._comparisons.add(features, picture_changes(block, text_before, self._rules))
        self._blends.add(block.squares, text, features.presence)
        self._count += len(features)
        self._last_text = text[-1:]

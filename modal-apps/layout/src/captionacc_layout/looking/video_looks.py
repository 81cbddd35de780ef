"""Reads the looks of a video while the video is decoded."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from captionacc_extents.network.network import ExtentsNetwork
from numpy.typing import NDArray

from captionacc_layout.looking.appearances import Appearance, AppearanceTracker
from captionacc_layout.looking.maps import Luma
from captionacc_layout.looking.sightings import Look
from captionacc_layout.looking.small_text import LookReader

_AHEAD = 4
"""Looks that wait per thread; more would only hold more memory."""
_THUMB = (32, 18)
"""Size of the small pictures that show where the scene changes."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The text of a video.

    ``times`` holds the grid index of each look. ``changes`` holds, for each look, how much the
    picture changed since the look before: the mean difference in luma (0 to 255) of small pictures.
    ``unsteady`` counts, per cell of the picture (rows x columns), the looks with moving text.
    """

    times: list[int]
    changes: NDArray[np.float64]
    appearances: list[Appearance]
    unsteady: NDArray[np.int32]


class VideoLooks:
    """Add the looks of a video in order, then finish once.

    Reads looks in ``threads`` threads. Calls block: run them off the event loop. The threads end
    with ``finish``, or when this object is dropped. Holds a few pictures and the text found.
    """

    def __init__(
        self, network: ExtentsNetwork, *, width: int, height: int, threads: int = 1
    ) -> None:
        """Prepare for frames of the displayed size ``width`` x ``height``, in pixels."""
        cv2.setNumThreads(1)
        self._reader = LookReader(network, width=width, height=height)
        self._tracker = AppearanceTracker(self._reader.rows, self._reader.columns)
        self._pool = ThreadPoolExecutor(threads, "look")
        self._ahead = _AHEAD * threads
        self._waiting: deque[Future[Look]] = deque()
        self._times: list[int] = []
        self._thumbs: list[NDArray[np.uint8]] = []

    def add(self, index: int, first: Luma, second: Luma) -> None:
        """Take the next look: the upright luma planes at ``index`` and a moment later."""
        self._times.append(index)
        thumb = cv2.resize(first, _THUMB, interpolation=cv2.INTER_AREA)
        self._thumbs.append(np.asarray(thumb, np.uint8))
        self._waiting.append(self._pool.submit(self._reader.read, first, second))
        while len(self._waiting) > self._ahead:
            self._tracker.add(self._waiting.popleft().result())

    def finish(self) -> Seen:
        """The text of all looks that were added."""
        while self._waiting:
            self._tracker.add(self._waiting.popleft().result())
        self._pool.shutdown()
        thumbs = np.array(self._thumbs, np.float64).reshape(
            len(self._thumbs), _THUMB[0] * _THUMB[1]
        )
        changes = np.abs(np.diff(thumbs, axis=0)).mean(1) if len(thumbs) > 1 else np.zeros(0)
        return Seen(
            times=self._times,
            changes=np.concatenate([np.zeros(min(1, len(thumbs))), changes]),
            appearances=self._tracker.finish(),
            unsteady=self._tracker.unsteady,
        )

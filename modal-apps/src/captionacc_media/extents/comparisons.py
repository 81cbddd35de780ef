"""Turn a stream of encoded frames into scores, holding the features of a few frames only."""

import numpy as np
from numpy.typing import NDArray

from captionacc_media.extents.network import (
    COLUMNS,
    ROWS,
    ExtentsNetwork,
    FrameFeatures,
    empty_features,
    join,
)
from captionacc_media.extents.scores import DISTANCES, FrameScores, Row

SPAN = 4
"""Frames averaged on each side of a comparison of means."""

FAR_GAP = 3
"""Frames left out on each side of the far comparison: longer than half a cross-fade."""

REACH = SPAN + FAR_GAP
"""Frames needed on either side of k to compare means around it."""

SEEN = -4.0
"""Frames with a presence logit below this hold no caption worth a comparison."""


class Comparisons:
    """Feed features in order with `add`; `finish` returns the scores of all frames."""

    def __init__(self, network: ExtentsNetwork) -> None:
        self._network = network
        self._held = empty_features()
        self._means = empty_features()
        """Means of `SPAN` held frames, by the first of them."""
        self._count = 0
        self._scores: list[NDArray[np.float32]] = []
        self._presence: list[Row] = []
        self._cut: list[Row] = []
        self._text: list[NDArray[np.uint8]] = []

    def add(self, features: FrameFeatures, cut: Row) -> None:
        """Compare n new frames with those before; `cut` (n,) is the change of their picture."""
        if not len(features):
            return
        self._presence.append(features.presence.astype(np.float32))
        self._text.append(np.asarray(features.text * 255 + 0.5, np.uint8))
        self._cut.append(cut.astype(np.float32))
        self._held = join([self._held, features])
        self._count += len(features)
        self._means = join([self._means, self._new_means()])
        self._scores.append(self._compared(len(features)))
        self._held, self._means = self._held[-2 * REACH :], self._means[SPAN - 1 - 2 * REACH :]

    def finish(self, blend: NDArray[np.float16]) -> FrameScores:
        """The scores of every frame that was added; `blend` comes from the pictures."""
        if not self._count:
            nothing = np.empty(0, np.float32)
            return FrameScores(
                presence=nothing,
                different=np.empty((len(DISTANCES), 0), np.float32),
                near=nothing,
                far=nothing,
                cut=nothing,
                text=np.empty((0, ROWS, COLUMNS), np.uint8),
                blend=blend,
            )
        scores = np.concatenate(self._scores, axis=1)
        # Means around a frame are known `REACH` - 1 frames later.
        around = np.full((2, self._count), np.nan, np.float32)
        known = max(0, self._count - REACH + 1)
        around[:, :known] = scores[len(DISTANCES) :, REACH - 1 :]
        return FrameScores(
            presence=np.concatenate(self._presence),
            different=scores[: len(DISTANCES)],
            near=around[0],
            far=around[1],
            cut=np.concatenate(self._cut),
            text=np.concatenate(self._text),
            blend=blend,
        )

    def _compared(self, count: int) -> NDArray[np.float32]:
        """Scores of the last `count` frames against those before, and of the means around the
        frames `REACH` - 1 before each."""
        first = len(self._held) - count
        # The frames before the first are as good as frames without a caption.
        padding = max(*DISTANCES, REACH - 1)
        seen = np.concatenate([np.zeros(padding, bool), self._held.presence > SEEN])
        now = slice(padding + first, None)
        rows = []
        for distance in DISTANCES:
            before = slice(padding + first - distance, -distance)
            worth = seen[before] & seen[now]
            rows.append(self._logits(self._held, first - distance, first, worth))
        # Nor are there means of frames before the first.
        seen[: padding + REACH] = False
        middle = first - REACH + 1
        worth = seen[padding + middle : padding + middle + count]
        near, far = (
            self._logits(self._means, middle - gap - SPAN, middle + gap, worth)
            for gap in (0, FAR_GAP)
        )
        return np.stack([*rows, near, far])

    def _logits(
        self, features: FrameFeatures, a: int, b: int, worth: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """Compare the features from `a` on with those from `b` on where it is `worth` it."""
        logits = np.full(len(worth), np.nan, np.float32)
        # Neighbours are compared where they lie: copies take longer than their arithmetic.
        for start, end in _stretches(worth):
            logits[start:end] = self._network.compare(
                features[a + start : a + end], features[b + start : b + end]
            )
        return logits

    def _new_means(self) -> FrameFeatures:
        """Of frames that are held and have no mean yet, each weighed by its presence."""
        first = len(self._means)
        count = len(self._held) - SPAN + 1 - first
        if count <= 0:
            return empty_features()
        windows = np.arange(first, first + count)[:, None] + np.arange(SPAN)
        presence = self._held.presence[windows]
        shown = 1 / (1 + np.exp(-np.clip(presence, -20, 20))) + 1e-6
        weight = (shown / shown.sum(1, keepdims=True)).astype(np.float32)
        text = (self._held.text[windows] * weight[:, :, None, None]).sum(1)
        # A product of matrices would be shorter, and wakes a thread per core for so little.
        mean = np.zeros((count, *self._held.embedding.shape[1:]), np.float32)
        for place in range(SPAN):
            frames = self._held.embedding[first + place : first + place + count]
            mean += frames * weight[:, place, None, None, None]
        return FrameFeatures(embedding=mean, text=text, presence=(presence * weight).sum(1))


def _stretches(worth: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end of each run of true values."""
    edges = np.flatnonzero(np.diff(worth, prepend=False, append=False))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]

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

Index = NDArray[np.intp]

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
        self._held_from = 0
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
        first, self._count = self._count, self._count + len(features)
        self._means = join([self._means, self._new_means()])
        self._compare(np.arange(first, self._count), np.arange(first, self._count) - REACH + 1)
        keep_from = max(0, self._count - 2 * REACH)
        dropped = slice(keep_from - self._held_from, None)
        self._held, self._means = self._held[dropped], self._means[dropped]
        self._held_from = keep_from

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

    def _compare(self, frames: Index, middles: Index) -> None:
        """Compare the new frames with those before, and the means around `middles`, in one call."""
        base, presence = self._held_from, self._held.presence
        scores = np.full((len(DISTANCES) + 2, len(frames)), np.nan, np.float32)
        places, sides = [], []
        for row, distance in enumerate(DISTANCES):
            at = np.flatnonzero(frames >= distance)
            a, b = frames[at] - distance - base, frames[at] - base
            worth = (presence[a] > SEEN) & (presence[b] > SEEN)
            places.append((row, at[worth]))
            sides.append((a[worth], b[worth]))
        at = np.flatnonzero(middles >= REACH)
        at = at[presence[middles[at] - base] > SEEN]
        for row, gap in enumerate((0, FAR_GAP), len(DISTANCES)):
            k = middles[at] - base
            places.append((row, at))
            # Means lie behind the frames.
            sides.append((k - gap - SPAN + len(self._held), k + gap + len(self._held)))
        a, b = (np.concatenate([side[i] for side in sides]) for i in (0, 1))
        if len(a):
            logits = self._network.compare(self._take(a), self._take(b))
            for (row, at), part in zip(places, _split(logits, places), strict=True):
                scores[row, at] = part
        self._scores.append(scores)

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

    def _take(self, index: Index) -> FrameFeatures:
        """Held frames, and means where an index lies behind them."""
        frames, means = index[index < len(self._held)], index[index >= len(self._held)]
        return join([_at(self._held, frames), _at(self._means, means - len(self._held))])


def _at(features: FrameFeatures, index: Index) -> FrameFeatures:
    return FrameFeatures(
        embedding=features.embedding[index],
        text=features.text[index],
        presence=features.presence[index],
    )


def _split(logits: Row, places: list[tuple[int, Index]]) -> list[Row]:
    return np.split(logits, np.cumsum([len(at) for _, at in places])[:-1])

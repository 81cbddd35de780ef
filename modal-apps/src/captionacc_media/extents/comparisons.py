"""Turn a stream of encoded frames into scores, holding the features of a few frames only."""

import numpy as np
from numpy.typing import NDArray

from captionacc_media.extents.network import (
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
        self._held_from = 0
        self._count = 0
        self._different: list[NDArray[np.float32]] = []
        self._near: list[float] = []
        self._far: list[float] = []
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
        frames = np.arange(first, self._count)
        rows = [self._compare_frames(frames - distance, frames) for distance in DISTANCES]
        self._different.append(np.stack(rows))
        self._compare_means(self._count - REACH)
        keep_from = max(0, self._count - 2 * REACH)
        self._held = self._held[keep_from - self._held_from :]
        self._held_from = keep_from

    def finish(self, blend: NDArray[np.float16]) -> FrameScores:
        """The scores of every frame that was added; `blend` comes from the pictures."""
        missing = self._count - len(self._near)
        self._near += [float("nan")] * missing
        self._far += [float("nan")] * missing
        if not self._count:
            self._different.append(np.empty((len(DISTANCES), 0), np.float32))
            for rows in (self._presence, self._cut):
                rows.append(np.empty(0, np.float32))
            self._text.append(np.empty((0, 8, 64), np.uint8))
        return FrameScores(
            presence=np.concatenate(self._presence),
            different=np.concatenate(self._different, axis=1),
            near=np.array(self._near, np.float32),
            far=np.array(self._far, np.float32),
            cut=np.concatenate(self._cut),
            text=np.concatenate(self._text),
            blend=blend,
        )

    def _compare_frames(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> Row:
        logits = np.full(len(right), np.nan, np.float32)
        possible = left >= 0
        a, b = left[possible] - self._held_from, right[possible] - self._held_from
        presence = self._held.presence
        worth = (presence[a] > SEEN) & (presence[b] > SEEN)
        if worth.any():
            a, b = a[worth], b[worth]
            logits[np.flatnonzero(possible)[worth]] = self._network.compare(
                _take(self._held, a), _take(self._held, b)
            )
        return logits

    def _compare_means(self, end: int) -> None:
        """Means around every k below `end` that has no score yet."""
        frames = range(len(self._near), max(end + 1, len(self._near)))
        worth = [
            k for k in frames if k >= REACH and self._held.presence[k - self._held_from] > SEEN
        ]
        near, far = np.full(len(frames), np.nan), np.full(len(frames), np.nan)
        if worth:
            at = np.array(worth) - frames.start
            embedding = self._held.embedding.astype(np.float32)
            near[at] = self._compare_around(worth, 0, embedding)
            far[at] = self._compare_around(worth, FAR_GAP, embedding)
        self._near += near.tolist()
        self._far += far.tolist()

    def _compare_around(self, frames: list[int], gap: int, embedding: Row) -> Row:
        left = self._means([k - gap - SPAN for k in frames], embedding)
        right = self._means([k + gap for k in frames], embedding)
        return self._network.compare(left, right)

    def _means(self, starts: list[int], embedding: Row) -> FrameFeatures:
        """Means of `SPAN` frames, each weighed by the probability that it holds a caption."""
        index = np.array(starts)[:, None] - self._held_from + np.arange(SPAN)
        presence = self._held.presence[index]
        shown = 1 / (1 + np.exp(-np.clip(presence, -20, 20))) + 1e-6
        weight = (shown / shown.sum(1, keepdims=True)).astype(np.float32)
        text = (self._held.text[index] * weight[:, :, None, None]).sum(1)
        # A product of matrices would be shorter, and wakes a thread per core for so little.
        mean = np.zeros((len(starts), *embedding.shape[1:]), np.float32)
        for place in range(SPAN):
            mean += embedding[index[:, place]] * weight[:, place, None, None, None]
        return FrameFeatures(
            embedding=mean.astype(np.float16), text=text, presence=(presence * weight).sum(1)
        )


def _take(features: FrameFeatures, index: NDArray[np.int64]) -> FrameFeatures:
    return FrameFeatures(
        embedding=features.embedding[index],
        text=features.text[index],
        presence=features.presence[index],
    )

"""Turn a stream of encoded frames into scores, holding the features of a few frames only."""

import numpy as np
from numpy.typing import NDArray

from captionacc_extents.network.network import (
    COLUMNS,
    ROWS,
    ExtentsNetwork,
    FrameFeatures,
)
from captionacc_extents.reading.even_and_odd import EvenAndOdd
from captionacc_extents.reading.scores import DISTANCES, FrameScores, Row
from captionacc_extents.reading.sparse_reading import SparseFeatures

SPAN = 4
"""Frames averaged on each side of a comparison of means."""

FAR_GAP = 3
"""Frames left out on each side of the far comparison: longer than half a cross-fade."""

REACH = SPAN + FAR_GAP
"""Frames needed on either side of k to compare means around it."""

HELD = max(*DISTANCES, REACH - 1)
"""Frames before a new one with which it, or a mean that it completes, is compared."""

SEEN = -4.0
"""Frames with a presence logit below this hold no caption worth a comparison."""


class Comparisons:
    """Feed features in order with `add`; `finish` returns the scores of all frames."""

    def __init__(self, network: ExtentsNetwork) -> None:
        self._network = network
        self._frames = EvenAndOdd()
        self._means = EvenAndOdd()
        """Means of `SPAN` frames, by the first of them."""
        self._seen = np.zeros(HELD, bool)
        """Whether each of the last frames is worth a comparison; those before the first are not."""
        self._read = np.ones(HELD, bool)
        self._scores: list[NDArray[np.float32]] = []
        self._all_read: list[NDArray[np.bool_]] = []
        self._presence: list[Row] = []
        self._cut: list[Row] = []
        self._text: list[NDArray[np.uint8]] = []

    def add(self, features: SparseFeatures, cut: Row) -> None:
        """Compare n new frames with those before; `cut` (n,) is the change of their picture."""
        if not len(features):
            return
        first, frames = self._frames.end, features.frames
        self._presence.append(frames.presence.astype(np.float32))
        self._text.append(np.asarray(frames.text * 255 + 0.5, np.uint8))
        self._cut.append(cut.astype(np.float32))
        self._all_read.append(features.read)
        self._seen = np.concatenate([self._seen, frames.presence > SEEN])
        self._read = np.concatenate([self._read, features.read])
        self._frames.add(frames)
        self._add_means()
        self._scores.append(self._compared(first, features.across))
        self._seen, self._read = self._seen[-HELD:], self._read[-HELD:]
        self._frames.forget_before(self._frames.end - max(*DISTANCES, SPAN - 1))
        self._means.forget_before(self._frames.end - HELD - REACH)

    def finish(self, blend: NDArray[np.float16]) -> FrameScores:
        """The scores of every frame that was added; `blend` comes from the pictures."""
        count = self._frames.end
        if not count:
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
        around = np.full((2, count), np.nan, np.float32)
        known = max(0, count - REACH + 1)
        around[:, :known] = scores[len(DISTANCES) :, REACH - 1 :]
        different = scores[: len(DISTANCES)]
        _repeat(different, around, np.flatnonzero(~np.concatenate(self._all_read)))
        return FrameScores(
            presence=np.concatenate(self._presence),
            different=different,
            near=around[0],
            far=around[1],
            cut=np.concatenate(self._cut),
            text=np.concatenate(self._text),
            blend=blend,
        )

    def _compared(self, first: int, across: Row) -> NDArray[np.float32]:
        """Scores of the frames from the first on against those before, and of the means around the
        frames `REACH` - 1 before each; NaN where nothing is seen, or another comparison says it.

        `across` are those of two places apart that are known.
        """
        seen, read = self._seen, self._read
        count = len(seen) - HELD
        rows = []
        for distance in DISTANCES:
            before = slice(HELD - distance, HELD - distance + count)
            worth = seen[HELD:] & seen[before]
            worth &= _tells(read[HELD:], read[before], distance)
            known = np.isfinite(across) if distance == 2 else np.zeros(count, bool)
            logits = self._logits(self._frames, -distance, 0, worth & ~known, first)
            rows.append(np.where(known, across, logits))
        middle = first - REACH + 1
        worth = seen[HELD - REACH + 1 :][:count] & read[HELD - REACH + 1 :][:count]
        # There are no means of frames before the first.
        worth[: max(0, REACH - middle)] = False
        rows.extend(
            self._logits(self._means, -gap - SPAN, gap, worth, middle) for gap in (0, FAR_GAP)
        )
        return np.stack(rows)

    def _logits(
        self, held: EvenAndOdd, a: int, b: int, worth: NDArray[np.bool_], first: int
    ) -> NDArray[np.float32]:
        """Compare what is held `a` places from each frame with what is `b` places from it, for the
        frames from the first on where it is `worth` it."""
        logits = np.full(len(worth), np.nan, np.float32)
        for parity in (0, 1):
            found = logits[parity::2]
            for start, end in _stretches(worth[parity::2]):
                frame = first + parity + 2 * start
                found[start:end] = self._network.compare(
                    held.run(frame + a, end - start), held.run(frame + b, end - start)
                )
        return logits

    def _add_means(self) -> None:
        """Of frames that are held and have no mean yet, each weighed by its presence."""
        count = self._frames.end - SPAN + 1 - self._means.end
        first = self._means.end
        for start in (first, first + 1):
            if (size := (count + 1 - (start - first)) // 2) > 0:
                self._means.add_apart(start, self._mean(start, size))

    def _mean(self, start: int, count: int) -> FrameFeatures:
        """Means of the `SPAN` frames from `start`, `start` + 2, ... on, as many as `count`."""
        frames = [self._frames.run(start + place, count) for place in range(SPAN)]
        presence = np.stack([each.presence for each in frames])
        shown = 1 / (1 + np.exp(-np.clip(presence, -20, 20))) + 1e-6
        weight = (shown / shown.sum(0)).astype(np.float32)
        # A product of matrices would be shorter, and wakes a thread per core for so little.
        embedding = frames[0].embedding * weight[0, :, None, None, None]
        text = frames[0].text * weight[0, :, None, None]
        for each, share in zip(frames[1:], weight[1:], strict=True):
            embedding += each.embedding * share[:, None, None, None]
            text += each.text * share[:, None, None]
        return FrameFeatures(embedding=embedding, text=text, presence=(presence * weight).sum(0))


def _tells(here: NDArray[np.bool_], before: NDArray[np.bool_], distance: int) -> NDArray[np.bool_]:
    """Which comparisons of frames that were read `here` and `distance` frames before are not the
    same as another one; `_repeat` knows which."""
    if distance == 1:
        return here & before
    return here if distance == 2 else here | before


def _repeat(
    different: NDArray[np.float32], around: NDArray[np.float32], unread: NDArray[np.int_]
) -> None:
    """Give the frames that were not read what was found of those whose features they have."""
    neighbours, seconds, *others = different
    neighbours[unread + 1] = seconds[unread + 1]
    # Compared with itself a frame would look too much alike.
    neighbours[unread] = seconds[unread + 1]
    seconds[unread] = neighbours[unread - 1]
    for distance, row in zip(DISTANCES[2:], others, strict=True):
        both = unread[np.isin(unread - distance, unread)]
        row[both] = row[both - 1]
    around[:, unread] = around[:, unread - 1]


def _stretches(worth: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end of each run of true values."""
    edges = np.flatnonzero(np.diff(worth, prepend=False, append=False))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]

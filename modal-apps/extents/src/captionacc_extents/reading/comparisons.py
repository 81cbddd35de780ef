"""Turn a stream of encoded frames into scores; only a few frames are held at a time."""

import numpy as np
from numpy.typing import NDArray

from captionacc_extents.logistic import sigmoid
from captionacc_extents.network.network import COLUMNS, ROWS, ExtentsNetwork, FrameFeatures
from captionacc_extents.reading.even_and_odd import EvenAndOdd
from captionacc_extents.reading.scores import DISTANCES, FrameScores, Row
from captionacc_extents.reading.sparse_reading import SparseFeatures


class Comparisons:
    """Feed features in order with `add`; `finish` returns the scores of all frames."""

    def __init__(self, network: ExtentsNetwork) -> None:
        self._network = network
        self._rules = network.rules.reading
        self._reach = network.rules.reach
        self._held = max(*DISTANCES, self._reach - 1)
        """A new frame, or a mean that it completes, is compared with this many frames before."""
        self._frames = EvenAndOdd()
        self._means = EvenAndOdd()
        """Means of `mean_frames` successive frames, by the number of the earliest of them."""
        self._seen = np.zeros(self._held, bool)
        """Whether each of the last frames is worth a comparison; False before the video begins."""
        self._read = np.ones(self._held, bool)
        self._scores: list[NDArray[np.float32]] = []
        self._all_read: list[NDArray[np.bool_]] = []
        self._presence: list[Row] = []
        self._cut: list[Row] = []
        self._text: list[NDArray[np.uint8]] = []

    def add(self, features: SparseFeatures, cut: Row) -> None:
        """Compare n new frames with frames before; `cut` (n,) is the change of their picture."""
        if not len(features):
            return
        first, frames = self._frames.end, features.frames()
        self._presence.append(frames.presence.astype(np.float32))
        self._text.append(np.asarray(frames.text * 255 + 0.5, np.uint8))
        self._cut.append(cut.astype(np.float32))
        self._all_read.append(features.read)
        self._seen = np.concatenate([self._seen, frames.presence > self._rules.worth_comparing])
        self._read = np.concatenate([self._read, features.read])
        self._frames.add(frames)
        self._add_means()
        self._scores.append(self._compared(first, features.across))
        self._seen, self._read = self._seen[-self._held :], self._read[-self._held :]
        self._frames.forget_before(self._frames.end - max(*DISTANCES, self._rules.mean_frames - 1))
        self._means.forget_before(self._frames.end - self._held - self._reach)

    def finish(self, blend: NDArray[np.float16]) -> FrameScores:
        """The scores of all frames that were added; `blend` comes from `Blends`."""
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
        # The means around a frame are complete `reach` - 1 frames later.
        around = np.full((2, count), np.nan, np.float32)
        known = max(0, count - self._reach + 1)
        around[:, :known] = scores[len(DISTANCES) :, self._reach - 1 :]
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
        """Compare the newest frames, from `first` on, with the frames before them.

        Args:
            first: number of the first new frame.
            across: logits of the comparison two places apart, where they are known already.

        Returns:
            A row per distance; then, of the means around the frame that lies `reach` - 1 before
            each new frame, the near and the far comparison. NaN where no caption is seen, or where
            `_repeat` copies the result of another comparison.
        """
        seen, read, held, reach = self._seen, self._read, self._held, self._reach
        count = len(seen) - held
        rows = []
        for distance in DISTANCES:
            before = slice(held - distance, held - distance + count)
            worth = seen[held:] & seen[before]
            worth &= _tells(read[held:], read[before], distance)
            known = np.isfinite(across) if distance == 2 else np.zeros(count, bool)
            logits = self._logits(self._frames, -distance, 0, worth & ~known, first)
            rows.append(np.where(known, across, logits))
        middle = first - reach + 1
        worth = seen[held - reach + 1 :][:count] & read[held - reach + 1 :][:count]
        # A mean needs `mean_frames` frames of the video.
        worth[: max(0, reach - middle)] = False
        rows.extend(
            self._logits(self._means, -gap - self._rules.mean_frames, gap, worth, middle)
            for gap in (0, self._rules.far_gap)
        )
        return np.stack(rows)

    def _logits(
        self, held: EvenAndOdd, a: int, b: int, worth: NDArray[np.bool_], first: int
    ) -> NDArray[np.float32]:
        """For each frame k from `first` on that is `worth` it, compare held frames k + a and
        k + b."""
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
        """Add the means that the newest frames complete."""
        count = self._frames.end - self._rules.mean_frames + 1 - self._means.end
        first = self._means.end
        for start in (first, first + 1):
            if (size := (count + 1 - (start - first)) // 2) > 0:
                self._means.add_apart(start, self._mean(start, size))

    def _mean(self, start: int, count: int) -> FrameFeatures:
        """`count` means of `mean_frames` successive frames, which begin at `start`, `start` + 2,
        and so on; each frame is weighed by its presence."""
        frames = [
            self._frames.run(start + place, count) for place in range(self._rules.mean_frames)
        ]
        presence = np.stack([each.presence for each in frames])
        # The limits only guard the exponential and the division by the sum.
        shown = sigmoid(np.clip(presence, -20, 20)) + 1e-6
        weight = (shown / shown.sum(0)).astype(np.float32)
        # A product of matrices would be shorter, but wakes a thread per core for little work.
        embedding = frames[0].embedding * weight[0, :, None, None, None]
        text = frames[0].text * weight[0, :, None, None]
        for each, share in zip(frames[1:], weight[1:], strict=True):
            embedding += each.embedding * share[:, None, None, None]
            text += each.text * share[:, None, None]
        return FrameFeatures(embedding=embedding, text=text, presence=(presence * weight).sum(0))


def _tells(here: NDArray[np.bool_], before: NDArray[np.bool_], distance: int) -> NDArray[np.bool_]:
    """Whether to compare, given which frames were read `here` and `distance` places `before`.

    Comparisons whose result `_repeat` copies from another one are skipped.
    """
    if distance == 1:
        return here & before
    return here if distance == 2 else here | before


def _repeat(
    different: NDArray[np.float32], around: NDArray[np.float32], unread: NDArray[np.int_]
) -> None:
    """Give each unread frame the results of the frame before it, whose features it has."""
    neighbours, seconds, *others = different
    neighbours[unread + 1] = seconds[unread + 1]
    # An unread frame and the frame before it have the same features and would look too alike.
    neighbours[unread] = seconds[unread + 1]
    seconds[unread] = neighbours[unread - 1]
    for distance, row in zip(DISTANCES[2:], others, strict=True):
        both = unread[np.isin(unread - distance, unread)]
        row[both] = row[both - 1]
    around[:, unread] = around[:, unread - 1]


def _stretches(worth: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each run of true values."""
    edges = np.flatnonzero(np.diff(worth, prepend=False, append=False))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]

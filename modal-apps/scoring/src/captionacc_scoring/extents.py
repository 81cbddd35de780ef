"""Compares found extents with true ones: matches, shared duration, false captions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Span = tuple[int, int]
"""First frame and the frame after the last one, as grid indices (tenths of a second)."""


@dataclass(frozen=True, kw_only=True)
class ExtentScore:
    """Counts of one comparison: matched pairs, predicted captions and true captions."""

    matched: int
    predicted: int
    truth: int

    @property
    def f1(self) -> float:
        """Two times the matches over all captions; 1 when nothing is predicted and nothing true."""
        total = self.predicted + self.truth
        return 2 * self.matched / total if total else 1.0

    def __add__(self, other: "ExtentScore") -> "ExtentScore":
        return ExtentScore(
            matched=self.matched + other.matched,
            predicted=self.predicted + other.predicted,
            truth=self.truth + other.truth,
        )


def match_extents(
    predicted: Sequence[Span], truth: Sequence[Span], tolerance: int = 1
) -> list[tuple[int, int]]:
    """Pair predictions with true captions one to one, as many as possible.

    Args:
        predicted: the captions found, in any order.
        truth: the true captions, in any order.
        tolerance: frames by which each end of a pair may differ.

    Returns:
        Index pairs (predicted, truth), in the order of the predictions.
    """
    allowed = [
        [
            j
            for j, true in enumerate(truth)
            if abs(found[0] - true[0]) <= tolerance and abs(found[1] - true[1]) <= tolerance
        ]
        for found in predicted
    ]
    owner: dict[int, int] = {}
    for start in range(len(predicted)):
        _augment(start, allowed, owner)
    return sorted((i, j) for j, i in owner.items())


def score_extents(
    predicted: Sequence[Span], truth: Sequence[Span], tolerance: int = 1
) -> ExtentScore:
    """Count the predictions whose two ends are within ``tolerance`` frames of a true caption's."""
    matched = len(match_extents(predicted, truth, tolerance))
    return ExtentScore(matched=matched, predicted=len(predicted), truth=len(truth))


def boundary_matches(found: Sequence[int], truth: Sequence[int], tolerance: int) -> int:
    """The largest number of pairs (found, true) at most ``tolerance`` apart, one to one."""
    left, right = sorted(found), sorted(truth)
    i = j = matched = 0
    while i < len(left) and j < len(right):
        if abs(left[i] - right[j]) <= tolerance:
            i, j, matched = i + 1, j + 1, matched + 1
        elif left[i] < right[j]:
            i += 1
        else:
            j += 1
    return matched


def total_tiou(found: Sequence[Span], truth: Sequence[Span]) -> float:
    """The sum of temporal intersection over union, over the true captions.

    Captions are paired one to one, the pair with the highest ratio first.
    """
    ratios = sorted(
        (
            (_shared(a, b) / (max(a[1], b[1]) - min(a[0], b[0])), a, b, i, j)
            for i, a in enumerate(found)
            for j, b in enumerate(truth)
            if _shared(a, b) > 0
        ),
        reverse=True,
    )
    used: set[int] = set()
    paired: set[int] = set()
    total = 0.0
    for ratio, _, _, i, j in ratios:
        if i not in used and j not in paired:
            used.add(i)
            paired.add(j)
            total += ratio
    return total


def false_captions(found: Sequence[Span], truth: Sequence[Span]) -> int:
    """The number of found captions that overlap no true caption."""
    return sum(all(_shared(span, true) <= 0 for true in truth) for span in found)


def empty_frames(truth: Sequence[Span], frames: int) -> int:
    """The number of frames without a true caption in a video of ``frames`` frames."""
    shown = np.zeros(frames, bool)
    for start, end in truth:
        shown[start:end] = True
    return int(frames - shown.sum())


def _augment(start: int, allowed: list[list[int]], owner: dict[int, int]) -> bool:
    """Find one augmenting path of the bipartite matching, without recursion."""
    came_from: dict[int, int] = {}
    queue = [start]
    for i in queue:
        for j in allowed[i]:
            if j in came_from:
                continue
            came_from[j] = i
            if j in owner:
                queue.append(owner[j])
                continue
            held = {i: j for j, i in owner.items()}
            step: int | None = j
            while step is not None:
                left = came_from[step]
                owner[step] = left
                step = held.get(left) if left != start else None
            return True
    return False


def _shared(a: Span, b: Span) -> int:
    return min(a[1], b[1]) - max(a[0], b[0])

"""Whether one caption gives way to another at a frame, by all that was averaged around it."""

from bisect import bisect
from dataclasses import replace

import numpy as np

from captionacc_extents.decoding.found import Found
from captionacc_extents.decoding.sequence import Decoding
from captionacc_extents.network.network import TEXT
from captionacc_extents.reading.comparisons import FAR_GAP, REACH
from captionacc_extents.reading.scores import FrameScores

UNSETTLED = 3
"""Frames left out on each side of a change when the places of the text are compared."""

SETTLED = 13
"""Frames then averaged, at most."""

AGREED = 2.0
"""Sum of the logits of both comparisons of means below which no caption is parted, wherever its
text stands: what moves then is a logo, or a pattern beside it."""

MOVED = 8
"""How many of the cells that changed most are averaged."""

BETWEEN = 2 * FAR_GAP
"""Frames that the far comparison leaves out: it tells whether before and after them is the same."""


def rejoin(found: list[Found], scores: FrameScores, decoding: Decoding) -> list[Found]:
    """Join the captions on both sides of a few frames that look like another one, if little speaks
    for their being different: something passed behind the text."""
    kept: list[Found] = []
    left = found[::-1]
    while left:
        caption = left.pop()
        before, after = (beside[-1] if beside else None for beside in (kept, left))
        if (
            before is not None
            and after is not None
            and before.end == caption.start
            and caption.end == after.start
            and caption.end - caption.start <= BETWEEN
            and _evidence_across(scores, decoding, before, after) < decoding.merge_below
        ):
            left.pop()
            kept[-1] = replace(before, end=after.end, end_probability=after.end_probability)
        else:
            kept.append(caption)
    return kept


def merge(found: list[Found], scores: FrameScores, decoding: Decoding) -> list[Found]:
    """Join touching captions between which little speaks for a change."""
    merged: list[Found] = []
    for caption in found:
        before = merged[-1] if merged else None
        if (
            before is not None
            and before.end == caption.start
            and _evidence(scores, decoding, before.start, caption.start, caption.end)
            < decoding.merge_below
        ):
            merged[-1] = replace(before, end=caption.end, end_probability=caption.end_probability)
        else:
            merged.append(caption)
    return merged


def split(found: list[Found], scores: FrameScores, decoding: Decoding) -> list[Found]:
    """Part captions at changes that are too slow to show between neighbouring frames."""
    parts: list[Found] = []
    for caption in found:
        rest = caption
        for at in _changes(caption, scores, decoding):
            chance = float(1 / (1 + np.exp(-scores.far[at])))
            parts.append(replace(rest, end=at, end_probability=chance))
            rest = replace(rest, start=at, start_probability=chance)
        parts.append(rest)
    return parts


def _changes(caption: Found, scores: FrameScores, decoding: Decoding) -> list[int]:
    """Frames within a caption at which another one begins, in order; the clearest are found
    first, and the others must be clear between those."""
    inside = np.arange(caption.start + REACH, caption.end - REACH + 1)
    means = scores.near[inside] + scores.far[inside]
    # What the places of the text may add is at most their weight.
    least = max(AGREED, decoding.split_above - decoding.place_weight)
    clear = {
        at: evidence
        for at in inside[means > least].tolist()
        if (evidence := _evidence(scores, decoding, caption.start, at, caption.end))
        > decoding.split_above
    }
    ends = [caption.start, caption.end]
    for at in sorted(clear, key=clear.__getitem__, reverse=True):
        place = bisect(ends, at)
        start, end = ends[place - 1 : place + 1]
        apart = at - start >= REACH and end - at >= REACH
        if apart and _evidence(scores, decoding, start, at, end) > decoding.split_above:
            ends.insert(place, at)
    return ends[1:-1]


def _evidence(scores: FrameScores, decoding: Decoding, start: int, at: int, end: int) -> float:
    """How much speaks for a change at a frame of `[start, end)`; NaN where nothing was compared.

    Logits of two comparisons of means, and how far the places of the text differ: texts of
    different length or lines are told apart by that even over what confuses their strokes.
    """
    means = float(scores.near[at] + scores.far[at])
    return means + decoding.place_weight * _displaced(scores, start, at, at, end)


def _evidence_across(scores: FrameScores, decoding: Decoding, before: Found, after: Found) -> float:
    """The same for a change somewhere between two captions, of which only the far comparison
    knows."""
    far = float(scores.far[(before.end + after.start) // 2])
    displaced = _displaced(scores, before.start, before.end, after.start, after.end)
    return 2 * far + decoding.place_weight * displaced


def _displaced(scores: FrameScores, start: int, until: int, since: int, end: int) -> float:
    """By how much the text share of the most changed cells differs, 0 to 1, in `[start, until)` and
    `[since, end)`."""
    first, last = until - UNSETTLED, since + UNSETTLED
    # Of a caption too short for that, its first or its last frame.
    before = scores.text[max(start, first - SETTLED) : max(start + 1, first)]
    after = scores.text[min(last, end - 1) : min(end, last + SETTLED)]
    one, other = (side.mean(0, dtype=np.float32) / 255 for side in (before, after))
    change = np.abs(one - other)[np.maximum(one, other) > TEXT]
    return float(np.sort(change)[-MOVED:].mean()) if len(change) else 0.0

"""How much speaks for a change of caption at a frame, by all that can be averaged around it."""

import numpy as np

from captionacc_extents.decoding.found import Found
from captionacc_extents.reading.scores import FrameScores
from captionacc_extents.rules.rules import Rules


def evidence_at(scores: FrameScores, rules: Rules, start: int, at: int, end: int) -> float:
    """Evidence for a change at frame `at` of `[start, end)`, as a logit; NaN: nothing is known.

    It is the sum of both comparisons of means and, weighed, of how far the places of the text
    differ: texts of different length or lines show in their places even where the picture behind
    them confuses their strokes.
    """
    means = float(scores.near[at] + scores.far[at])
    return means + rules.decoding.place_weight * _displaced(scores, rules, start, at, at, end)


def evidence_across(scores: FrameScores, rules: Rules, before: Found, after: Found) -> float:
    """Evidence for a change somewhere between two captions that do not touch.

    Only the far comparison leaves out the frames between them, so it counts twice.
    """
    far = float(scores.far[(before.end + after.start) // 2])
    displaced = _displaced(scores, rules, before.start, before.end, after.start, after.end)
    return 2 * far + rules.decoding.place_weight * displaced


def _displaced(
    scores: FrameScores, rules: Rules, start: int, until: int, since: int, end: int
) -> float:
    """How much the text share of the most changed cells differs, 0 to 1, between `[start, until)`
    and `[since, end)`."""
    unsettled, averaged = rules.decoding.place_unsettled, rules.decoding.place_frames
    last, first = until - unsettled, since + unsettled
    # A caption too short for that is represented by its first or its last frame.
    before = scores.text[max(start, last - averaged) : max(start + 1, last)]
    after = scores.text[min(first, end - 1) : min(end, first + averaged)]
    one, other = (side.mean(0, dtype=np.float32) / 255 for side in (before, after))
    change = np.abs(one - other)[np.maximum(one, other) > rules.reading.text_cell]
    largest = np.sort(change)[-rules.decoding.place_cells :]
    return float(largest.mean()) if len(change) else 0.0

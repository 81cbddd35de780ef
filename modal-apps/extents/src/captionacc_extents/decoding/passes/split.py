"""Split captions at changes that are too slow to show between neighbouring frames."""

from bisect import bisect
from dataclasses import replace

import numpy as np

from captionacc_extents.decoding.evidence import evidence_at
from captionacc_extents.decoding.found import Found
from captionacc_extents.logistic import sigmoid
from captionacc_extents.reading.scores import FrameScores
from captionacc_extents.rules.rules import Rules


def split(found: list[Found], scores: FrameScores, rules: Rules) -> list[Found]:
    """Split each caption at every frame where much speaks for a change, such as a cross-fade."""
    parts: list[Found] = []
    for caption in found:
        rest = caption
        for at in _changes(caption, scores, rules):
            chance = float(sigmoid(scores.far[at]))
            parts.append(replace(rest, end=at, end_probability=chance))
            rest = replace(rest, start=at, start_probability=chance)
        parts.append(rest)
    return parts


def _changes(caption: Found, scores: FrameScores, rules: Rules) -> list[int]:
    """The frames within a caption at which another caption begins, in order.

    The frame with most evidence is taken first. Each further frame must be as clear when only the
    part between the frames that are taken is looked at.
    """
    reach, least = rules.reach, rules.decoding.split_above
    inside = np.arange(caption.start + reach, caption.end - reach + 1)
    means = scores.near[inside] + scores.far[inside]
    # The places of the text add at most their weight, so other frames need not be looked at.
    least_means = max(rules.decoding.split_means_agree, least - rules.decoding.place_weight)
    clear = {
        at: evidence
        for at in inside[means > least_means].tolist()
        if (evidence := evidence_at(scores, rules, caption.start, at, caption.end)) > least
    }
    ends = [caption.start, caption.end]
    for at in sorted(clear, key=clear.__getitem__, reverse=True):
        place = bisect(ends, at)
        start, end = ends[place - 1 : place + 1]
        apart = at - start >= reach and end - at >= reach
        if apart and evidence_at(scores, rules, start, at, end) > least:
            ends.insert(place, at)
    return ends[1:-1]

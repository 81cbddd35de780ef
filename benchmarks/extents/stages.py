"""The decoding with its stages taken away one after the other, the last one first."""

from collections.abc import Iterator
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
from captionacc_extents.decoding.refinement import found_captions
from captionacc_extents.decoding.sequence import Decoding
from captionacc_extents.reading.scores import FrameScores

Span = tuple[int, int]

AWAY: dict[str, dict[str, Any]] = {
    "without putting ends by the pixels": {},
    "and without trimming faint ends": {"plateau": 0.0},
    "and without joining and parting by means and places": {
        "merge_below": -inf,
        "split_above": inf,
    },
    "and without leaving out what is faint": {"least_presence": -inf},
    "and without holding each pair against its surroundings": {"unrest": 0.0},
    "and with neighbours only": {"distance_weights": (1.0, 0.0, 0.0)},
}
"""Each with the parameters that take it away; the pixels, which go first, with their scores."""


def captions(scores: FrameScores) -> Iterator[tuple[str, list[Span]]]:
    """What is found as more and more stages are missing."""
    decoding = Decoding()
    yield "all stages", _spans(scores, decoding)
    scores = replace(scores, blend=np.full_like(scores.blend, np.nan))
    for name, without in AWAY.items():
        decoding = replace(decoding, **without)
        yield name, _spans(scores, decoding)


def _spans(scores: FrameScores, decoding: Decoding) -> list[Span]:
    return [(each.start, each.end) for each in found_captions(scores, decoding)]

"""Decides which full frames of a video are stored and which are read."""

from fractions import Fraction

import msgspec
from captionacc_contracts.frames.frame_index import (
    INDICES_PER_SECOND,
    index_count,
)

_FEWEST_READ = 12
"""With fewer frames, the layout cannot tell captions from other text."""
_CLOSEST_READ = INDICES_PER_SECOND
"""Smallest step in indices: closer frames nearly always show the same captions."""


class SamplingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Grid indices of the frames to store and to read.

    ``kept`` are stored. ``read`` includes them and, in a short video, some indices between them.
    ``frame_count`` is the number of indices of the video; its last picture ends at ``end_s``.
    """

    frame_count: int
    end_s: Fraction
    kept: range
    read: range


def sampling_plan(end_s: Fraction, step: int) -> SamplingPlan:
    """Plan a video that ends at ``end_s`` seconds; every ``step``-th index is stored.

    In a short video these are too few to tell captions from other text. More frames are then read
    for the layout only: at least a dozen where possible, at most one per second.
    """
    count = index_count(end_s)
    closer = [each for each in range(step, 0, -1) if step % each == 0 and each >= _CLOSEST_READ]
    read_step = next(
        (each for each in closer if len(range(0, count, each)) >= _FEWEST_READ),
        closer[-1] if closer else step,
    )
    return SamplingPlan(
        frame_count=count,
        end_s=end_s,
        kept=range(0, count, step),
        read=range(0, count, read_step),
    )

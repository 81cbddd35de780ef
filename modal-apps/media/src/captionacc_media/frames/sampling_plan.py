"""Which frames of a video are stored and which are read."""

from fractions import Fraction

import msgspec
from captionacc_contracts.frames.frame_index import (
    INDICES_PER_SECOND,
    index_count,
)

_FEWEST_READ = 12
_CLOSEST_READ = INDICES_PER_SECOND


class SamplingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``kept`` indices are stored; ``read`` holds those and, in a short video, some between.

    ``frame_count`` is at 10 Hz; ``end_s`` is when the last picture ends.
    """

    frame_count: int
    end_s: Fraction
    kept: range
    read: range


def sampling_plan(end_s: Fraction, step: int) -> SamplingPlan:
    """Every ``step``-th index is stored.

    A short video has too few of them to tell captions from other text, so some between are read for
    the layout alone: a dozen, but no more than one a second.
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

"""Decides which full frames of a video are stored and read."""

from fractions import Fraction

import msgspec
from captionacc_contracts.frames.frame_index import index_count


class SamplingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The grid indices of a video, and those of the frames to store and to read (``kept``).

    ``frame_count`` is the number of indices of the video; its last picture ends at ``end_s``.
    """

    frame_count: int
    end_s: Fraction
    kept: range


def sampling_plan(end_s: Fraction, step: int) -> SamplingPlan:
    """Plan a video that ends at ``end_s`` seconds; every ``step``-th index is stored."""
    count = index_count(end_s)
    return SamplingPlan(frame_count=count, end_s=end_s, kept=range(0, count, step))

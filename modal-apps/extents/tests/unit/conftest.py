from collections.abc import Callable

import numpy as np
import pytest
from captionacc_extents.decoding.found import Found
from captionacc_extents.reading.scores import DISTANCES, FrameScores


@pytest.fixture
def plain_scores() -> Callable[[int], FrameScores]:
    """Scores of n frames that all show a caption, none of them compared with another."""

    def made(count: int) -> FrameScores:
        nothing = np.full(count, np.nan, np.float32)
        return FrameScores(
            presence=np.full(count, 6, np.float32),
            different=np.full((len(DISTANCES), count), np.nan, np.float32),
            near=nothing,
            far=nothing.copy(),
            cut=np.zeros(count, np.float32),
            text=np.full((count, 8, 64), 255, np.uint8),
            blend=np.full((count, 7), np.nan, np.float16),
        )

    return made


@pytest.fixture
def caption() -> Callable[[int, int], Found]:
    """A caption of certain ends."""

    def made(start: int, end: int) -> Found:
        return Found(start=start, end=end, start_probability=0.9, end_probability=0.8)

    return made

from collections.abc import Callable

import numpy as np
import pytest
from captionacc_extents.decoding.found import Found
from captionacc_extents.decoding.passes import Pass
from captionacc_extents.network.weights import shipped_rules
from captionacc_extents.reading.scores import DISTANCES, FrameScores
from captionacc_extents.rules.rules import Rules

RULES = shipped_rules()


@pytest.fixture
def plain_scores() -> Callable[[int], FrameScores]:
    """Scores of n frames that all show a caption; the frames are not compared."""

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
def ends_after() -> Callable[..., list[tuple[int, int]]]:
    """Applies a pass to captions with these ends, and returns the ends after the pass."""

    def made(
        apply: Pass, spans: list[tuple[int, int]], scores: FrameScores, rules: Rules = RULES
    ) -> list[tuple[int, int]]:
        found = [
            Found(start=start, end=end, start_probability=0.9, end_probability=0.8)
            for start, end in spans
        ]
        return [(caption.start, caption.end) for caption in apply(found, scores, rules)]

    return made

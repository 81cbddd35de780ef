from collections.abc import Callable

import numpy as np
import pytest
from captionacc_extents.reading.scores import DISTANCES, FrameScores

Spans = list[tuple[int, int]]


@pytest.fixture
def sure_of() -> Callable[[Spans, int], FrameScores]:
    """Makes the scores of a network that is sure of these captions in so many frames."""

    def make(spans: Spans, frames: int) -> FrameScores:
        caption = np.full(frames, -1)
        for place, (start, end) in enumerate(spans):
            caption[start:end] = place
        shown = caption >= 0
        different = np.full((len(DISTANCES), frames), np.nan, np.float32)
        for row, distance in enumerate(DISTANCES):
            now, then = caption[distance:], caption[:-distance]
            logits = np.where(now == then, -6, 6)
            different[row, distance:] = np.where((now >= 0) & (then >= 0), logits, np.nan)
        nothing = np.full(frames, np.nan, np.float32)
        return FrameScores(
            presence=np.where(shown, 6, -6).astype(np.float32),
            different=different,
            near=nothing,
            far=nothing,
            cut=np.zeros(frames, np.float32),
            text=np.where(shown, 255, 0).astype(np.uint8)[:, None, None].repeat(8, 1).repeat(64, 2),
            blend=np.full((frames, 7), np.nan, np.float16),
        )

    return make

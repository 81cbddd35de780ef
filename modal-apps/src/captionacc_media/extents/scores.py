"""What the decoder knows of a video: one row of numbers for each frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.float32]

DISTANCES = (1, 2, 3, 4)
"""Every frame is compared with the frames this many places before it."""


@dataclass(frozen=True, kw_only=True)
class FrameScores:
    """Scores of n frames; NaN stands for "not compared" (no caption, or too near an end).

    presence (n,) logits of "a caption is shown"; different (4, n) logits of frame k against
    frame k-1..k-4; near (n,) and far (n,) logits of the mean of the frames before k against the
    mean of those from k on, adjoining and with a distance between; cut (n,) the mean change of
    the picture without the text since the frame before, 0 to 255; text (n, 8, 64) uint8, the
    text share of each cell in 255ths.
    """

    presence: Row
    different: NDArray[np.float32]
    near: Row
    far: Row
    cut: Row
    text: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.presence)

"""What the decoder knows of a video: one row of numbers for each frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.float32]

DISTANCES = (1, 2, 4)
"""Every frame is compared with the frames this many places before it."""

BLEND_REACH = 3
"""Frames on either side of a change in which a fade is looked for."""


@dataclass(frozen=True, kw_only=True)
class FrameScores:
    """Scores of n frames; NaN stands for "not compared" (no caption, or too near an end).

    presence (n,) logits of "a caption is shown"; different (3, n) logits of frame k against
    frames k-1, k-2 and k-4; near (n,) and far (n,) logits of the mean of the frames before k
    against the mean of those from k on, adjoining and with a distance between; cut (n,) the mean
    change of the picture without the text since the frame before, 0 to 255; text (n, 8, 64) uint8,
    the text share of each cell in 255ths; blend (n, 7) the share of the way that frames k-3..k+3
    have gone from the picture before k to that after it (see `Blends`).
    """

    presence: Row
    different: NDArray[np.float32]
    near: Row
    far: Row
    cut: Row
    text: NDArray[np.uint8]
    blend: NDArray[np.float16]

    def __len__(self) -> int:
        return len(self.presence)

"""The scores of a video: all that the decoder knows of it, a few numbers per frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.float32]

DISTANCES = (1, 2, 4)
"""Every frame is compared with the frames this many places before it. They give
`FrameScores.different` its rows and the decoder its states, so they are not rules."""

BLEND_REACH = 3
"""A fade is looked for in this many frames on either side of a change. It gives
`FrameScores.blend` its columns, so it is not a rule."""


@dataclass(frozen=True, kw_only=True)
class FrameScores:
    """Scores of n frames; NaN means "not compared" (no caption is shown, or an end is too near).

    Attributes:
        presence: (n,) logits of "a caption is shown".
        different: (3, n) logits of "frame k shows another caption than frame k-1, k-2, k-4".
        near: (n,) logits of "different" for the mean of the frames before k and the mean of the
            frames from k on; the two groups adjoin.
        far: (n,) the same with frames left out between the two groups.
        cut: (n,) mean change of the cells without text since the frame before, luma 0 to 255.
        text: (n, 8, 64) text share of each cell in 255ths.
        blend: (n, 7) how far frames k-3 to k+3 have gone from the picture before k to the picture
            after k, 0 to 1 (see `Blends`).
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

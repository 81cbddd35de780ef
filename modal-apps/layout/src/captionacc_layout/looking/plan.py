"""Decides at which times of a video to look for text."""

from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND

# Set by hand. A caption is on screen for 0.5 s or more, and usually for 1.5 to 6 s.
_STEPS = (
    (60 * INDICES_PER_SECOND, 5),
    (300 * INDICES_PER_SECOND, 10),
)
"""Step between looks, in indices, for videos of up to so many indices."""
_LONGEST_STEP = 20
"""Step of longer videos: usual captions are then in one look or more."""
_MOMENT = 2
"""Indices between the two pictures of a look. Text that moves by more than a stroke in this time is
not a caption."""


def looks(frame_count: int) -> list[tuple[int, int]]:
    """Grid indices of the two pictures of each look, rising.

    Args:
        frame_count: the number of indices of the video.
    """
    step = next((step for limit, step in _STEPS if frame_count <= limit), _LONGEST_STEP)
    planned = [(first, first + _MOMENT) for first in range(0, max(0, frame_count - _MOMENT), step)]
    # A video of one moment has nothing else to compare.
    return planned or [(0, max(0, frame_count - 1))]

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
_MOST_CLOSER = 20 * 60 * INDICES_PER_SECOND
"""A longer video is not looked at again: that would take minutes, and captions that are on screen
for 2 s or more were in a look."""
_MOMENT = 2
"""Indices between the two pictures of a look. Text that moves by more than a stroke in this time is
not a caption."""


def looks(frame_count: int) -> list[tuple[int, int]]:
    """Grid indices of the two pictures of each look, rising.

    Args:
        frame_count: the number of indices of the video.
    """
    step = next((step for limit, step in _STEPS if frame_count <= limit), _LONGEST_STEP)
    # A video of one moment has nothing else to compare.
    return _pairs(frame_count, step) or [(0, max(0, frame_count - 1))]


def closer_looks(frame_count: int) -> list[tuple[int, int]]:
    """The looks at a video in which `looks` found no captions; none if they cannot be closer."""
    shortest = _STEPS[0][1]
    planned = looks(frame_count)
    closer = _pairs(frame_count, shortest) if frame_count <= _MOST_CLOSER else []
    return closer if len(closer) > len(planned) else []


def _pairs(frame_count: int, step: int) -> list[tuple[int, int]]:
    return [(first, first + _MOMENT) for first in range(0, max(0, frame_count - _MOMENT), step)]

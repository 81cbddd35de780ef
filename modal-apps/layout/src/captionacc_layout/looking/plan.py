"""Decides at which times of a video to look for text."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND

# Set by hand. A caption is on screen for 0.5 s or more, and usually for 1.5 to 6 s.
_STEPS = (
    (60 * INDICES_PER_SECOND, 5),
    (300 * INDICES_PER_SECOND, 10),
)
"""Step between looks, in indices, for videos of up to so many indices."""
_LONGEST_STEP = 20
"""Step of longer videos: usual captions are then in one look or more."""
_ALL_OF = 10 * 60 * INDICES_PER_SECOND
_SHARE_OF_REST = 5
"""Videos of up to so many indices are looked at from beginning to end. Of longer ones, so much and
a fifth of the rest is enough to show where captions stand: hundreds of captions."""
_STRETCH = 20 * INDICES_PER_SECOND
"""A long video is looked at in stretches of this length, all over the video: several captions each.
At most about a minute of an hour lies between two of them."""
_MOST_WHOLE = 6 * 60 * INDICES_PER_SECOND
"""A video of up to so many indices is looked at again as a whole when the first looks found no
captions."""
_LONGEST_AGAIN = 3 * 60 * INDICES_PER_SECOND
"""So many indices of a longer video are looked at again, whatever its length. For twenty minutes,
that takes a third of the time of the first looks."""
_WINDOW = 30 * INDICES_PER_SECOND
"""A longer video is looked at again in stretches of this length: several captions each."""
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
    pairs = _pairs(frame_count, step) or [(0, max(0, frame_count - 1))]
    if frame_count <= _ALL_OF:
        return pairs
    enough = _ALL_OF + (frame_count - _ALL_OF) // _SHARE_OF_REST
    chosen = _windows(-(-frame_count // _STRETCH), enough // _STRETCH, ())
    return [pair for pair in pairs if pair[0] // _STRETCH in chosen]


def closer_looks(frame_count: int, sighted: Sequence[int] = ()) -> list[tuple[int, int]]:
    """The looks at a video in which `looks` found no captions; none if they cannot be closer.

    Args:
        frame_count: the number of indices of the video.
        sighted: the indices at which text appeared in the first looks. The stretches of a long
            video in which most text appeared are looked at again, and others spread over it.
    """
    shortest = _STEPS[0][1]
    closer = _pairs(frame_count, shortest)
    if len(closer) <= len(looks(frame_count)):
        return []
    if frame_count <= _MOST_WHOLE:
        return closer
    chosen = _windows(-(-frame_count // _WINDOW), _LONGEST_AGAIN // _WINDOW, sighted)
    return [pair for pair in closer if pair[0] // _WINDOW in chosen]


def is_whole(planned: Sequence[tuple[int, int]], frame_count: int) -> bool:
    """Whether the looks are spread over the whole video without gaps."""
    return len(planned) == len(_pairs(frame_count, planned[1][0] - planned[0][0]))


def _windows(count: int, most: int, sighted: Sequence[int]) -> frozenset[int]:
    """The numbers of ``most`` of ``count`` windows: those with most text, and others far apart."""
    text = Counter(index // _WINDOW for index in sighted)
    chosen = [window for window, _ in text.most_common(most)]
    spread = np.linspace(0, count - 1, most).round()
    others = [int(window) for window in spread if int(window) not in chosen]
    missing = most - len(chosen)
    return frozenset(chosen) | {
        others[number * len(others) // missing] for number in range(missing) if others
    }


def _pairs(frame_count: int, step: int) -> list[tuple[int, int]]:
    return [(first, first + _MOMENT) for first in range(0, max(0, frame_count - _MOMENT), step)]

"""Decides at which times of a video to look for text.

The first looks stand where decoding is cheap: at key frames. If they do not settle where the
captions are, the video is looked at evenly, and, if that shows none, more closely.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND

# Set by hand. A caption is on screen for 0.5 s or more, and usually for 1.5 to 6 s.
_SHORTEST_STEP = 5
_STEPS = (
    (60 * INDICES_PER_SECOND, _SHORTEST_STEP),
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

_KEY_STEPS = (
    (60 * INDICES_PER_SECOND, 10, 25),
    (300 * INDICES_PER_SECOND, 10, 50),
    (600 * INDICES_PER_SECOND, 20, 50),
)
"""The least and the most indices from one look to the next at key frames, for videos of up to so
many indices. More than the most passes only between key frames, where looks are then added."""
_LONGEST_KEY_STEP = 30, 80
"""The same for longer videos: hundreds of captions are seen of an hour that has them."""
_SHORTEST = 30 * INDICES_PER_SECOND
"""A video of fewer indices has too few captions to settle anything by looks at key frames."""
_RARE = 15 * INDICES_PER_SECOND
"""With fewer key frames than one in so many indices, looks at them save little: most of the video
would be decoded for the looks between them."""


def key_looks(frame_count: int, keys: Sequence[int]) -> list[tuple[int, int]]:
    """The looks that cost the least, all over a video: at its key frames.

    Args:
        frame_count: the number of indices of the video.
        keys: the rising indices from which key frames are on screen.

    Returns:
        Pairs as those of `looks`; none where the video is short or its key frames are rare.
    """
    if frame_count < _SHORTEST or len(keys) * _RARE < frame_count:
        return []
    least, most = next(
        ((least, most) for limit, least, most in _KEY_STEPS if frame_count <= limit),
        _LONGEST_KEY_STEP,
    )
    starts = [0]
    for key in keys:
        if key - starts[-1] >= least:
            starts.append(key)
    firsts = [
        start + (end - start) * part // parts
        for start, end in pairwise([*starts, frame_count])
        for parts in [-(-(end - start) // most)]
        for part in range(parts)
    ]
    return [(first, first + _MOMENT) for first in firsts if first + _MOMENT < frame_count]


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


def even_looks(frame_count: int, *, found_any: bool) -> list[tuple[int, int]]:
    """The looks at a video of which `key_looks` did not settle where the captions are.

    Args:
        frame_count: the number of indices of the video.
        found_any: whether they found captions. If not, a short video is looked at most closely.
    """
    if not found_any and frame_count <= _MOST_WHOLE:
        return _pairs(frame_count, _SHORTEST_STEP) or looks(frame_count)
    return looks(frame_count)


def closer_looks(
    frame_count: int, looked: int, sighted: Sequence[int] = ()
) -> list[tuple[int, int]]:
    """The looks at a video in which even looks found no captions; none if they cannot be closer.

    Args:
        frame_count: the number of indices of the video.
        looked: the number of the even looks.
        sighted: the indices at which text appeared in them. The stretches of a long video in which
            most text appeared are looked at again, and others spread over it.
    """
    closer = _pairs(frame_count, _SHORTEST_STEP)
    if len(closer) <= looked:
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

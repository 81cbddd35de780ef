"""The 10 Hz grid over a video: which picture is on screen at each frame index.

Presentation times decide, never frame numbers, so variable frame rates and late starts are right.
"""

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

import av
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.frame_index import (
    INDICES_PER_SECOND,
    ROUNDING_S,
    index_count,
    shown_until,
)

from captionacc_media.frames.container import VideoSource

MOST_HOURS = 24

Picture = TypeVar("Picture")


def on_grid(
    pictures: Iterable[tuple[Fraction, Fraction, Picture]],
) -> Iterator[tuple[int, Picture]]:
    """Index and picture for each index of a video.

    ``pictures`` are (start, end, picture) in presentation order, in seconds from the first one's
    start; only the end of the last is used. A picture shown for long is given for many indices.
    """
    index = 0
    current: tuple[Fraction, Picture] | None = None
    for start_s, end_s, picture in pictures:
        if current is not None:
            while shown_until(index) < start_s:
                yield index, current[1]
                index += 1
        current = end_s, picture
    if current is None:
        return
    for last in range(index, index_count(current[0])):
        yield last, current[1]


def grid(source: VideoSource) -> Iterator[tuple[int, av.VideoFrame]]:
    """Index and picture for each index of ``source``, by one sequential decode.

    Raises:
        PermanentError: ``video_too_large`` when the times run over ``MOST_HOURS``.
    """
    return on_grid(_timed(source))


def shows_an_index(start_s: Fraction, end_s: Fraction) -> bool:
    """Whether any index is shown by a picture on screen from ``start_s`` to ``end_s``."""
    first = max(0, math.ceil((start_s - ROUNDING_S) * INDICES_PER_SECOND))
    return shown_until(first) < end_s


def within_limit(end_s: Fraction) -> Fraction:
    """``end_s``, when a picture ends; a forged or broken time would have it repeated for ever.

    Raises:
        PermanentError: ``video_too_large`` when that is after ``MOST_HOURS``.
    """
    if end_s > MOST_HOURS * 3600:
        raise PermanentError(
            ErrorCode.VIDEO_TOO_LARGE,
            f"The video runs over {MOST_HOURS} hours, or its times are damaged. "
            "Cut it, or export it again.",
        )
    return end_s


def _timed(source: VideoSource) -> Iterator[tuple[Fraction, Fraction, av.VideoFrame]]:
    for frame in source.frames(shows_an_index):
        yield source.presentation_s(frame), within_limit(source.end_s(frame)), frame

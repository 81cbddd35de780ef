"""The 10 Hz grid over a video: which picture is on screen at each grid index.

Presentation times decide, not frame numbers, so variable frame rates and late starts are right.
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
from captionacc_media.frames.opening import MOST_HOURS

Picture = TypeVar("Picture")


def on_grid(
    pictures: Iterable[tuple[Fraction, Fraction, Picture]],
) -> Iterator[tuple[int, Picture]]:
    """Assign a picture to each grid index.

    Args:
        pictures: (start, end, picture) in presentation order, in seconds from the start of the
            first picture. Only the end of the last picture is used.

    Returns:
        Index and picture, for every index from 0. A picture that stays is repeated.
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
    """Index and picture for each grid index of ``source``, by one sequential decode.

    While one picture stays on screen, the same object is given for each index.

    Raises:
        PermanentError: ``video_too_large`` when the video is longer than ``MOST_HOURS``.
    """
    return on_grid(_timed(source))


def first_index(start_s: Fraction) -> int:
    """The first grid index at which a picture that starts at ``start_s`` may be shown."""
    return max(0, math.ceil((start_s - ROUNDING_S) * INDICES_PER_SECOND))


def shows_an_index(start_s: Fraction, end_s: Fraction) -> bool:
    """Whether a picture on screen from ``start_s`` to ``end_s`` is shown at any grid index."""
    return shown_until(first_index(start_s)) < end_s


def within_limit(end_s: Fraction) -> Fraction:
    """Return ``end_s``, the end of a picture, if it is within ``MOST_HOURS``.

    With a forged or broken end, the grid would repeat the picture without limit.

    Raises:
        PermanentError: ``video_too_large`` when it is later.
    """
    if end_s > MOST_HOURS * 3600:
        raise PermanentError(
            ErrorCode.VIDEO_TOO_LARGE,
            f"The video is longer than {MOST_HOURS} hours, or its times are damaged. "
            "Cut the video, or export it again.",
        )
    return end_s


def _timed(source: VideoSource) -> Iterator[tuple[Fraction, Fraction, av.VideoFrame]]:
    for frame in source.frames(shows_an_index):
        yield source.presentation_s(frame), within_limit(source.end_s(frame)), frame

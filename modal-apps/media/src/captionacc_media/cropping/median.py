"""The per-pixel median over a range of frames: the caption stays and the background blurs."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from captionacc_contracts.frames.chunks import LEVELS
from captionacc_contracts.frames.geometry import FrameRange

from captionacc_media.cropping.crop import YuvPicture
from captionacc_media.frames.luma import Plane

# Set by hand.
MAX_FRAMES = 13
_ENOUGH_FRAMES = 5
"""Frames that blur the background enough; a level with at least this many is used."""
_FADE_FRAMES = 3
"""Frames at each end of a range in which the caption may fade."""
_SHORTEST_GAP = 3
"""A gap with fewer frames may show only the fading ends of its neighbours."""
_COARSE = LEVELS[-2]
"""Frames at multiples of this are in coarse chunks, of which a minute has few."""


def sampled_indices(frames: FrameRange) -> list[int]:
    """An odd number of evenly spaced indices of a range, at most ``MAX_FRAMES``.

    The ends of the range are left out because the caption may fade there. A long range is sampled
    on a coarse level, so that its frames are in few chunks.
    """
    margin = min(_FADE_FRAMES, len(frames) // 4)
    inner = range(frames.start_frame + margin, frames.end_frame - margin)
    candidates = list(inner)
    for level in LEVELS:
        aligned = range(-(-inner.start // level) * level, inner.stop, level)
        if len(aligned) >= _ENOUGH_FRAMES:
            candidates = list(aligned)
            break
    # An even number of frames has no middle value.
    count = min(MAX_FRAMES, len(candidates) - (len(candidates) % 2 == 0))
    places = np.linspace(0, len(candidates) - 1, count).round().astype(int)
    return [candidates[place] for place in places]


def gap_indices(ordered: Sequence[FrameRange], frame_count: int) -> list[list[int]]:
    """For each range, an index in the gap before it and one in the gap after it.

    The indices lie a few frames away from the ranges, because a caption may fade; where a gap has
    room for it, they are in coarse chunks. Gaps that are shorter than ``_SHORTEST_GAP`` are left
    out, so a range has between none and two indices.

    Args:
        ordered: ranges of one track, in the order of their starts.
        frame_count: of the whole video.
    """
    starts = [*(each.start_frame for each in ordered[1:]), frame_count]
    found: list[list[int]] = []
    ended = 0
    for each, next_start in zip(ordered, starts, strict=True):
        before, after = range(ended, each.start_frame), range(each.end_frame, next_start)
        ended = max(ended, each.end_frame)
        indices = []
        if len(before) >= _SHORTEST_GAP:
            indices.append(_last_of(before))
        if len(after) >= _SHORTEST_GAP and ended == each.end_frame:
            # Seen in a mirror, the first index away from both ends is the last one.
            indices.append(-_last_of(range(1 - after.stop, 1 - after.start)))
        found.append(indices)
    return found


def _last_of(gap: range) -> int:
    """The last index of ``gap`` that is away from its ends, coarse if there is such a one."""
    away = min(_FADE_FRAMES, (len(gap) - 1) // 2)
    last = gap.stop - 1 - away
    coarse = last - last % _COARSE
    return coarse if coarse >= gap.start + away else last


def median_plane(stack: npt.NDArray[np.uint8]) -> Plane:
    """Per-pixel median of n x H x W; when n is even, the lower of the two middle values."""
    count = len(stack)
    ordered = stack.copy()
    # An odd-even transposition sort of whole planes is four times as fast here as np.median.
    for turn in range(count):
        lower, upper = ordered[turn % 2 : count - 1 : 2], ordered[turn % 2 + 1 : count : 2]
        smaller = np.minimum(lower, upper)
        np.maximum(lower, upper, out=upper)
        lower[...] = smaller
    middle: Plane = ordered[(count - 1) // 2]
    return middle


def median_picture(pictures: Sequence[YuvPicture]) -> YuvPicture:
    """Per-pixel median of pictures of one size, plane by plane.

    Raises:
        ValueError: ``pictures`` is empty.
    """
    if not pictures:
        message = "A median needs at least one picture."
        raise ValueError(message)
    return YuvPicture(
        luma=median_plane(np.stack([picture.luma for picture in pictures])),
        u=median_plane(np.stack([picture.u for picture in pictures])),
        v=median_plane(np.stack([picture.v for picture in pictures])),
    )

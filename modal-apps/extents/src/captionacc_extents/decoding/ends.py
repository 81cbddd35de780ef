"""Where a caption that fades, or touches another one, begins and ends."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from captionacc_extents.decoding.found import Found
from captionacc_extents.decoding.sequence import Decoding
from captionacc_extents.network.network import TEXT
from captionacc_extents.reading.blending import FAR
from captionacc_extents.reading.scores import BLEND_REACH, FrameScores

SHORTEST = 2
"""Frames of the shortest caption that trimming may leave."""

LEAVING, ARRIVED = 0.25, 0.75
"""Shares of the way that the first and the last frame of a row must not have passed."""

LARGEST_STEP_BACK = 0.1
"""A picture that turns back further on its way is moved by more than a caption."""

LONGEST_MOVE = 2

FIRM = 0.4
"""A boundary at which the picture goes further than this at once stays: no fade of two frames
does."""

SUDDEN = 0.6
"""A change this large from one frame to the next is no fade; if it is far off, it is a cut."""


def trim(found: list[Found], scores: FrameScores, decoding: Decoding) -> list[Found]:
    """Move an end that touches no other inwards while the text is fainter than half its plateau."""
    trimmed = []
    for i, caption in enumerate(found):
        share = scores.text[caption.start : caption.end].astype(np.float32) / 255
        own = share.mean(0) > TEXT
        start, end = caption.start, caption.end
        if own.any():
            mass = share[:, own].sum(1)
            faint = mass < decoding.plateau * np.median(mass)
            if i == 0 or found[i - 1].end < start:
                room = max(0, end - start - SHORTEST)
                start += min(_leading(faint), decoding.plateau_reach, room)
            if i + 1 == len(found) or found[i + 1].start > end:
                room = max(0, end - start - SHORTEST)
                end -= min(_leading(faint[::-1]), decoding.plateau_reach, room)
        trimmed.append(replace(caption, start=start, end=end))
    return trimmed


def sharpen(found: list[Found], scores: FrameScores, decoding: Decoding) -> list[Found]:
    """Put each boundary where the picture has gone half of its way, when it stands alone.

    An end beside a blank only moves inwards: the network sees a faint text before its half.
    """
    moved = list(found)
    for i, caption in enumerate(moved):
        before = moved[i - 1] if i else None
        touches = before is not None and before.end == caption.start
        if touches and scores.different[0, caption.start] > decoding.abrupt:
            # A change between two frames is where the pair head says it is.
            continue
        earlier = 0 if before is None else before.start if touches else before.end
        start = _halfway(scores, caption.start, earlier, caption.end, decoding.half_begun)
        if touches and before is not None:
            moved[i - 1] = replace(before, end=start)
        moved[i] = replace(caption, start=start if touches else max(start, caption.start))
    for i, caption in enumerate(moved):
        later = moved[i + 1].start if i + 1 < len(moved) else len(scores)
        if later > caption.end:
            end = _halfway(scores, caption.end, caption.start, later, decoding.half_gone)
            moved[i] = replace(caption, end=min(end, caption.end))
    return moved


def _halfway(scores: FrameScores, at: int, earlier: int, later: int, share: float) -> int:
    """The frame near `at` that is the first to have gone `share` of the way, or else `at`.

    The pictures that are compared must lie between the boundaries before and after.
    """
    first = at
    for _ in range(2):
        if not (at - earlier >= FAR and later - at > FAR) or at >= len(scores):
            break
        row = scores.blend[at].astype(np.float32)
        if not (np.isfinite(row).all() and row[0] < LEAVING and row[-1] > ARRIVED):
            break
        steps = np.diff(row)
        if steps.min() < -LARGEST_STEP_BACK or steps[BLEND_REACH - 1] > FIRM:
            break
        place = int(np.argmax(row >= share))
        moved = at - BLEND_REACH + place
        sudden = steps[place - 1] > SUDDEN
        if moved == at or abs(moved - first) > (1 if sudden else LONGEST_MOVE):
            break
        at = moved
    return at


def _leading(faint: NDArray[np.bool_]) -> int:
    firm = np.flatnonzero(~faint)
    return int(firm[0]) if len(firm) else 0

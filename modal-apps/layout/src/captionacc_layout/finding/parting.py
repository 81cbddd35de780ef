"""Parts an original and its translation that stand so near that they look like one place. Pure."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from captionacc_layout.finding.places import FARTHEST_LINES, Place
from captionacc_layout.looking.appearances import Appearance

_COME_TOGETHER = 0.75
"""This share of the texts of an original, and of its translation, come and go with the other."""

_LAPPED = 0.3
"""Upper and lower texts at different times overlap by at most this share of a line."""


def parted(places: Sequence[Place]) -> list[Place]:
    """The places, of which those that hold an original and its translation are two."""
    return [part for place in places for part in _parts(place)]


def _parts(place: Place) -> list[Place]:
    if place.vertical:
        return [place]
    line = float(np.median([each.line_height for each in place.members]))
    # Of the cuts, the one between the two captions has the widest blanks.
    blanks, upper, lower = max(
        ((_blanks(upper, lower), upper, lower) for upper, lower in _cuts(place.members, line)),
        key=lambda cut: _low(cut[0]),
        default=([], [], []),
    )
    company = sum(any(_together(each, other) for other in upper) for each in lower)
    if (
        blanks
        and len(blanks) >= _COME_TOGETHER * len(upper)
        and company >= _COME_TOGETHER * len(lower)
        and float(np.median(blanks)) > FARTHEST_LINES * line
    ):
        return [replace(place, members=upper), replace(place, members=lower)]
    return [place]


def _blanks(upper: Sequence[Appearance], lower: Sequence[Appearance]) -> list[float]:
    """The room below each upper text that has a lower one, in shares of the picture's height."""
    rooms = ([b.top - a.bottom for b in lower if _together(a, b)] for a in upper)
    return [min(room) for room in rooms if room]


def _low(blanks: Sequence[float]) -> float:
    return float(np.quantile(blanks, 0.05)) if blanks else 0.0


def _cuts(
    members: Sequence[Appearance], line: float
) -> list[tuple[list[Appearance], list[Appearance]]]:
    """The ways to cut texts into upper and lower ones; ``line`` is their line height."""
    rows = sorted(members, key=lambda each: each.top)
    return [
        (_in_order(rows[:number]), _in_order(rows[number:]))
        for number in range(1, len(rows))
        if max(each.bottom for each in rows[:number]) <= rows[number].top + _LAPPED * line
    ]


def _in_order(texts: Sequence[Appearance]) -> list[Appearance]:
    return sorted(texts, key=lambda each: each.first)


def _together(a: Appearance, b: Appearance) -> bool:
    return abs(a.first - b.first) <= 1 and abs(a.last - b.last) <= 1

"""Tells whether two places hold the captions of two speakers: one at the left, one at the right.

A speaker who says little has a few captions away from the middle, which alone could be anything.
Beside a track they are evidence: they have its size, they face it, and they stand in its pauses.
"""

from captionacc_layout.finding.places import Place
from captionacc_layout.looking.appearances import Appearance

# Set by hand on the tuning videos of the layout benchmark.
_SIZES = 1.4
"""Ratio of the line heights of two speakers: capitals and letters without ascenders differ."""
_MARGIN = 0.05
"""The margins of two speakers differ by at most this share of the picture's width."""
_SAME_ROW = 0.8
"""Two speakers in one row have tops, middles or bottoms this close, in line heights."""
_EDGE = 0.3
"""Captions at the top or the bottom are in this share of the picture's height."""
_TURNS = 0.8
"""This share of the texts of one speaker stands while the other one has no caption."""


def faces(place: Place, track: Place) -> bool:
    """Whether a place holds the captions of a speaker opposite those of a track."""
    if place.vertical or track.vertical:
        return False
    low, high = sorted((_line(place), _line(track)))
    left, right = sorted((place, track), key=_middle)
    start = min(each.left for each in left.members)
    end = max(each.right for each in right.members)
    return (
        high <= _SIZES * low
        and max(each.right for each in left.members) < 1 - start
        and _middle(left) < 0.5 < _middle(right)
        and abs(start - (1 - end)) <= _MARGIN
        and (_in_one_row(place, track, high) or _at_two_edges(place, track))
        and _take_turns(place, track)
    )


def _line(place: Place) -> float:
    return sorted(each.line_height for each in place.members)[len(place.members) // 2]


def _middle(place: Place) -> float:
    return sorted(each.centre_x for each in place.members)[len(place.members) // 2]


def _span(place: Place) -> tuple[float, float]:
    return min(each.top for each in place.members), max(each.bottom for each in place.members)


def _in_one_row(a: Place, b: Place, line: float) -> bool:
    (top_a, bottom_a), (top_b, bottom_b) = _span(a), _span(b)
    return min(abs(top_a - top_b), abs(bottom_a - bottom_b)) <= _SAME_ROW * line


def _at_two_edges(a: Place, b: Place) -> bool:
    upper, lower = sorted((_span(a), _span(b)))
    return upper[1] <= _EDGE and lower[0] >= 1 - _EDGE


def _take_turns(place: Place, track: Place) -> bool:
    alone = [not any(_at_once(each, other) for other in track.members) for each in place.members]
    return sum(alone) >= _TURNS * len(alone)


def _at_once(a: Appearance, b: Appearance) -> bool:
    return a.first <= b.last and b.first <= a.last

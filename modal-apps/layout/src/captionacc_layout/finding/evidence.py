"""How sure it is that a place holds captions: features of the place, weighed by a fitted model."""

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND

from captionacc_layout.finding.comparing import common_share
from captionacc_layout.finding.movement import drifting, moving, sliding
from captionacc_layout.finding.places import Place, distinct, quality
from captionacc_layout.looking.appearances import STEADY, Appearance
from captionacc_layout.looking.video_looks import Seen

_CUT = 14.0
"""Mean difference in luma (0 to 255) of two looks between which the scene changed; set by hand."""
LONG = 15 * INDICES_PER_SECOND
"""Few captions stay this long, in grid indices; a logo stays longer."""
_PLAIN = 0.9
"""Nine of ten captions on the tuning videos are at least this steady."""
_LARGE = 0.06
"""Line height of large captions, as a share of the picture's height; of glyphs without outline."""
_SPARE = 0.05
"""Keeps `Features.bound` small where the scene changes all the time, as it shows nothing there."""
_AGAIN = 4
"""A text that comes again within so many looks was only not seen in between."""
_BEFORE = 8
"""Texts before a text with which it is compared."""
_CHANCE = 0.45
"""Captions of one size have up to this share of strokes in common with one of so many texts."""


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """What tells captions from other text. Every feature is a number near 0 to 3."""

    amount: float
    """Logarithm of the number of different texts, each counted by its quality."""
    quality: float
    """Mean quality of the texts."""
    free: float
    """Logarithm of the number of times text came or went on its own, not bound to the scene, each
    counted by the quality of the text: textures come and go as well, and a film has thousands."""
    bound: float
    """How much more often the scene changes where text comes or goes than elsewhere: 0 is as often
    or less, and nearly 1 is every time."""
    usual: float
    """Whether the place is centred and at the bottom (1) or at the top (0.5)."""
    central: float
    """Whether the place is in the middle third of the picture's height, where titles are, over the
    root of the number of times at which text comes: there are few titles."""
    length: float
    """Logarithm of the median length in line heights."""
    lonely: float
    """One over the number of times at which text comes, as far as the place is not usual: a single
    text in the middle of the picture is a title as likely as a caption."""
    lasting: float
    """Share of the looks that the longest text covers, if it stays for longer than captions do, and
    as far as the place is not usual."""
    stub: float
    """How far a text that lasts is shorter than captions are: its share of the looks times what its
    ``length`` lacks to 2, which is a text of seven line heights."""
    steady: float
    """Steadiness of the texts: 0 at the least that is followed, 1 at that of plain captions."""
    drifting: float
    """Share of the texts that go on at another position, as signs before a moving camera do."""
    sliding: float
    """Share of the texts that have the size of a text right before or after, but moved."""
    alike: float
    """How much of the strokes is equal where one text follows another at once, as in a clock."""
    repeats: float
    """Share of the texts that come again after a while, as a player's controls do, as far as the
    place is not usual: songs have refrains."""
    echoes: float
    """How much more of the strokes than chance explains different texts have in common, as in the
    times that a player shows."""
    moving: float
    """Share of the looks with moving text in the place, as in a ticker."""
    large: float
    """Logarithm of the median line height above 6 % of the picture's: titles are larger."""


def features(place: Place, seen: Seen) -> Features:
    """The features of a place of a video."""
    members = place.members
    groups = distinct(members)
    looks = len(seen.times)
    turns = [
        (quality(each), bool(seen.changes[at] >= _CUT))
        for each in members
        for at in (each.first, each.last + 1)
        if 0 < at < looks
    ]
    bound = _bound([at_a_cut for _, at_a_cut in turns], seen)
    length = math.log(max(0.3, float(np.median(_lengths(members)))))
    lasting = _lasting(members, seen)
    middle = float(np.median([each.centre_y for each in members]))
    across = float(np.median([each.centre_x for each in members]))
    usual = _usual(across, middle)
    times = _times(members)
    return Features(
        amount=math.log1p(sum(max(quality(each) for each in group) for group in groups)),
        quality=float(np.mean([quality(each) for each in members])),
        free=math.log1p((1 - bound) * sum(worth for worth, _ in turns)),
        bound=bound,
        usual=usual,
        central=float(0.33 <= middle <= 0.67) / times**0.5,
        length=length,
        lonely=(1 - usual) / times,
        lasting=lasting * (1 - usual),
        stub=lasting * max(0.0, 2 - length),
        steady=_steady(members),
        drifting=drifting(members, seen.appearances),
        sliding=sliding(members, seen.appearances),
        alike=_alike(members),
        repeats=(1 - usual) * _repeats(groups) / len(members),
        echoes=_echoes([group[0] for group in groups]),
        moving=moving(place, seen),
        large=max(0.0, math.log(float(np.median([e.line_height for e in members])) / _LARGE)),
    )


def _bound(turns: Sequence[bool], seen: Seen) -> float:
    if not turns:
        return 0.0
    usual = float(np.mean(seen.changes >= _CUT))
    more = max(0.0, sum(turns) / len(turns) - usual)
    return more / (1 - usual + _SPARE)


def _times(members: Sequence[Appearance]) -> int:
    """The number of times at which text comes; the lines of one caption come at once."""
    times, start, end = 0, -2, -1
    for text in members:
        if text.first > start + 1 or text.first > end:
            times, start, end = times + 1, text.first, text.last
        end = max(end, text.last)
    return times


def _lasting(members: Sequence[Appearance], seen: Seen) -> float:
    longest = max(members, key=lambda each: each.last - each.first)
    share = (longest.last - longest.first + 1) / len(seen.times)
    stays = seen.times[longest.last] - seen.times[longest.first]
    return share * min(1.0, stays / LONG)


def _lengths(members: Sequence[Appearance]) -> list[float]:
    """Lengths of texts, along their lines, in line heights."""
    return [
        (each.bottom - each.top if each.vertical else each.right - each.left) / each.line_height
        for each in members
    ]


def _steady(members: Sequence[Appearance]) -> float:
    usual = float(np.median([each.steadiness for each in members]))
    return float(np.clip((usual - STEADY) / (_PLAIN - STEADY), 0, 1))


def _usual(across: float, middle: float) -> float:
    if abs(across - 0.5) > 0.04 or 0.25 < middle < 0.7:
        return 0.0
    return 1.0 if middle >= 0.7 else 0.5


def _alike(members: Sequence[Appearance]) -> float:
    """The mean common share of strokes of texts that follow each other at once."""
    shares = [common_share(a, b) if b.first - a.last <= 1 else 0.0 for a, b in pairwise(members)]
    return float(np.mean(shares)) if shares else 0.0


def _repeats(groups: Sequence[Sequence[Appearance]]) -> int:
    return sum(
        later.first - earlier.last > _AGAIN
        for group in groups
        for earlier, later in pairwise(group)
    )


def _echoes(texts: Sequence[Appearance]) -> float:
    """The mean share of strokes that texts have in common with the one most like them before."""
    shares = [
        max(common_share(text, other) for other in texts[max(0, number - _BEFORE) : number])
        for number, text in enumerate(texts)
        if number
    ]
    return max(0.0, float(np.mean(shares)) - _CHANCE) / (1 - _CHANCE) if shares else 0.0

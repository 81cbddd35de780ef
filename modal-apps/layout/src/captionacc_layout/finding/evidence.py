"""How sure it is that a place holds captions: features of the place, weighed by a fitted model."""

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND

from captionacc_layout.finding.comparing import common_share
from captionacc_layout.finding.counting import Caption, captions_of
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
_FEW = 3
"""A video has up to so many title cards at one place; three or four give the least error in
cross-validation."""
_AT_ONCE = 1
"""Looks by which texts that come at once are found apart: the network finds one a look later."""
_CROWD = 1.5
"""Texts come in a crowd when those elsewhere that come with them have this much quality together:
the sum of two texts, of which the network is not quite sure of one."""
_CHANCE = 0.45
"""Captions of one size have up to this share of strokes in common with one of so many texts."""


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """What tells captions from other text. Every feature is a number near 0 to 3."""

    amount: float
    """Logarithm of the number of captions that the place holds if it holds any, each counted by the
    quality of its best text."""
    quality: float
    """Mean quality of the texts."""
    free: float
    """Logarithm of the number of times a caption came or went on its own, not bound to the scene,
    each counted by its quality: textures come and go as well, and a film has thousands."""
    bound: float
    """How much more often the scene changes where text comes or goes than elsewhere: 0 is as often
    or less, and nearly 1 is every time."""
    usual: float
    """Whether the place is centred and at the bottom (1) or at the top (0.5)."""
    central: float
    """Whether the place is in the middle third of the picture, across its lines, where titles are;
    less where there are more captions than there are titles."""
    length: float
    """Logarithm of the median length in line heights."""
    lonely: float
    """One over the number of captions, as far as the place is not usual: one text in the middle of
    the picture is a title as likely as a caption, also if it comes twice."""
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
    crowd: float
    """Share of the captions with which two or more texts elsewhere come at once, as the signs of a
    scene and a player's controls do. A translation is one text elsewhere."""
    large: float
    """Logarithm of the median line height above 6 % of the picture's: titles are larger."""


def features(place: Place, seen: Seen) -> Features:
    """The features of a place of a video."""
    members = place.members
    groups = distinct(members)
    captions = captions_of(members)
    bound = _bound(_turns(members, seen), seen)
    length = math.log(max(0.3, float(np.median(_lengths(members)))))
    lasting = _lasting(members, seen)
    middle = float(np.median([each.centre_y for each in members]))
    across = float(np.median([each.centre_x for each in members]))
    usual = _usual(across, middle)
    return Features(
        amount=math.log1p(sum(each.worth for each in captions)),
        quality=float(np.mean([quality(each) for each in members])),
        free=math.log1p((1 - bound) * _comings_and_goings(captions, seen)),
        bound=bound,
        usual=usual,
        central=_central(across if place.vertical else middle) * min(1.0, _FEW / len(captions)),
        length=length,
        lonely=(1 - usual) / len(captions),
        lasting=lasting * (1 - usual),
        stub=lasting * max(0.0, 2 - length),
        steady=_steady(members),
        drifting=drifting(members, seen.appearances),
        sliding=sliding(members, seen.appearances),
        alike=_alike(members),
        repeats=(1 - usual) * _repeats(groups) / len(members),
        echoes=_echoes([group[0] for group in groups]),
        moving=moving(place, seen),
        crowd=_crowd(captions, members, seen),
        large=max(0.0, math.log(float(np.median([e.line_height for e in members])) / _LARGE)),
    )


def _turns(texts: Sequence[Appearance] | Sequence[Caption], seen: Seen) -> list[int]:
    """The looks at which texts come or go; what is there from start to end does neither."""
    ats = (at for each in texts for at in (each.first, each.last + 1))
    return [at for at in ats if 0 < at < len(seen.times)]


def _bound(turns: Sequence[int], seen: Seen) -> float:
    if not turns:
        return 0.0
    usual = float(np.mean(seen.changes >= _CUT))
    more = max(0.0, float(np.mean(seen.changes[turns] >= _CUT)) - usual)
    return more / (1 - usual + _SPARE)


def _comings_and_goings(captions: Sequence[Caption], seen: Seen) -> float:
    return sum(each.worth * len(_turns([each], seen)) for each in captions)


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


def _central(at: float) -> float:
    return float(0.33 <= at <= 0.67)


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


def _crowd(captions: Sequence[Caption], members: Sequence[Appearance], seen: Seen) -> float:
    own = {id(each) for each in members}
    others = [each for each in seen.appearances if id(each) not in own]
    first = np.array([each.first for each in others])
    worth = np.array([quality(each) for each in others])
    come = [worth[np.abs(first - each.first) <= _AT_ONCE].sum() for each in captions]
    return float(np.mean([each >= _CROWD for each in come]))

"""How text moves: signs before a moving camera, credits and tickers, unlike captions. Pure."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from captionacc_layout.finding.comparing import stands_elsewhere
from captionacc_layout.finding.places import Place
from captionacc_layout.looking.appearances import Appearance
from captionacc_layout.looking.video_looks import Seen

# Set by hand on the tuning videos of the layout benchmark.
_MOMENT = 6
"""A text that moves is seen at its next position within this many looks."""
_SOON = 2
"""A text that slides is seen again within this many looks; more captions come in more looks, and
some of them have the same size by chance."""
_SAME_WIDTH, _SAME_HEIGHT = 0.12, 0.25
"""A text that slides keeps its size but for these shares: its ends are found to a whole cell."""
_LEAST = 1.9
"""A text that slides moves by two parts or more; other letters move the edges by one."""
_FARTHEST_ALONG, _FARTHEST_ACROSS = 0.3, 0.8
"""A text that slides moves by at most this share of its width, or of its height."""

Array = NDArray[np.float64]


def drifting(members: Sequence[Appearance], texts: Sequence[Appearance]) -> float:
    """The share of the members whose picture is at another position soon before or after."""
    first = np.array([each.first for each in texts])
    last = np.array([each.last for each in texts])

    def drifts(text: Appearance) -> bool:
        gaps = np.maximum(first - text.last, text.first - last)
        near = np.flatnonzero((gaps >= 0) & (gaps <= _MOMENT))
        return any(stands_elsewhere(text, texts[int(number)]) for number in near)

    return float(np.mean([drifts(each) for each in members]))


def sliding(members: Sequence[Appearance], texts: Sequence[Appearance]) -> float:
    """The share of the members that have the size of a text right before or after, but moved.

    It finds what `drifting` does not: text whose strokes change as it moves.
    """
    edges = np.array([(each.left, each.top, each.right, each.bottom) for each in texts])
    first = np.array([each.first for each in texts])
    last = np.array([each.last for each in texts])

    def slides(text: Appearance) -> bool:
        gaps = np.maximum(first - text.last, text.first - last)
        near = edges[(gaps >= 1) & (gaps <= _SOON)]
        own = np.array((text.left, text.top, text.right, text.bottom))
        return bool(_slid(near - own, text).any())

    return float(np.mean([slides(each) for each in members]))


def _slid(moves: Array, text: Appearance) -> NDArray[np.bool_]:
    """Which of the moves (n, 4) of the text's edges are those of a text that slides."""
    rows, columns = text.strokes.shape
    left, top, right, bottom = (moves / _size(text)).T
    along, across = _both(left, right), _both(top, bottom)
    slid: NDArray[np.bool_] = (
        (np.abs(right - left) <= _SAME_WIDTH)
        & (np.abs(bottom - top) <= _SAME_HEIGHT)
        & ((along * columns >= _LEAST) | (across * rows >= _LEAST))
        & (along <= _FARTHEST_ALONG)
        & (across <= _FARTHEST_ACROSS)
    )
    return slid


def _size(text: Appearance) -> Array:
    wide, tall = text.right - text.left, text.bottom - text.top
    return np.array((wide, tall, wide, tall))


def _both(one: Array, other: Array) -> Array:
    """How far two edges move in the same direction; 0 if they do not."""
    together = np.sign(one) == np.sign(other)
    return np.where(together, np.minimum(np.abs(one), np.abs(other)), 0.0)


def moving(place: Place, seen: Seen) -> float:
    """The share of the looks with moving text in the place, at its worst cell."""
    rows, columns = seen.unsteady.shape
    tops = [each.top for each in place.members]
    bottoms = [each.bottom for each in place.members]
    lefts = [each.left for each in place.members]
    rights = [each.right for each in place.members]
    area = seen.unsteady[
        int(min(tops) * rows) : math.ceil(max(bottoms) * rows),
        int(min(lefts) * columns) : math.ceil(max(rights) * columns),
    ]
    return float(area.max() / max(1, len(seen.times))) if area.size else 0.0

"""Compares the strokes of two pieces of text, each where it stands."""

import cv2
import numpy as np

from captionacc_layout.looking.appearances import Appearance
from captionacc_layout.looking.sightings import Strokes, alike

_SAME_PICTURE = 0.75
"""Correlation of the strokes of one text at two positions; two captions have 0.1 to 0.4."""
_MOVED = 2
"""Parts by which a text that moves is elsewhere; compression moves strokes by one."""
_LINES = 4
"""A text moves by at most this many of its heights while it is not seen."""
_SIZES = 0.45, 2.2
"""A text that moves keeps its size: in whole cells, its sides change by less than these factors."""


def common_share(a: Appearance, b: Appearance) -> float:
    """The share of strokes that two texts have in common where both of them stand."""
    parts = _where_both_stand(a, b)
    if parts is None:
        return 0.0
    own, new = parts
    return alike(own, new) * _amount(own) / max(1, _amount(a.strokes), _amount(b.strokes))


def share_of_smaller(a: Appearance, b: Appearance) -> float:
    """The share of the strokes of the text with fewer strokes that the other text has too."""
    parts = _where_both_stand(a, b)
    if parts is None:
        return 0.0
    common = _amount(np.minimum(*parts))
    return common / max(1, min(_amount(a.strokes), _amount(b.strokes)))


def _where_both_stand(a: Appearance, b: Appearance) -> tuple[Strokes, Strokes] | None:
    """The strokes of two texts in the rectangle that both cover; None if there is none."""
    (top_a, left_a), (top_b, left_b) = a.origin, b.origin
    top, left = max(top_a, top_b), max(left_a, left_b)
    bottom = min(top_a + a.strokes.shape[0], top_b + b.strokes.shape[0])
    right = min(left_a + a.strokes.shape[1], left_b + b.strokes.shape[1])
    if bottom <= top or right <= left:
        return None
    return (
        a.strokes[top - top_a : bottom - top_a, left - left_a : right - left_a],
        b.strokes[top - top_b : bottom - top_b, left - left_b : right - left_b],
    )


def _amount(strokes: Strokes) -> int:
    return int(strokes.sum(dtype=np.int64))


def stands_elsewhere(text: Appearance, other: Appearance) -> bool:
    """Whether ``other`` is the picture of ``text`` at another position, at most some lines away."""
    dy, dx = other.origin[0] - text.origin[0], other.origin[1] - text.origin[1]
    (rows, columns), (other_rows, other_columns) = text.strokes.shape, other.strokes.shape
    if other is text or abs(dy) > _LINES * rows or abs(dx) > columns:
        return False
    least, most = _SIZES
    if not least <= other_columns / columns <= most or not least <= other_rows / rows <= most:
        return False
    above, beside = rows // 2 + 1, columns // 2 + 1
    page = np.pad(other.strokes, ((above, above), (beside, beside)))
    match = cv2.matchTemplate(page, text.strokes, cv2.TM_CCOEFF_NORMED)
    y, x = np.unravel_index(int(match.argmax()), match.shape)
    moved = abs(dy + int(y) - above) + abs(dx + int(x) - beside)
    return bool(match.max() >= _SAME_PICTURE and moved >= _MOVED)

"""Learns what the lines of a video's captions look like, and tells which boxes differ. Pure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from captionacc_media.text.boxes import TextBox

Array = npt.NDArray[np.float64]

# All limits below were set by hand. Where no unit is given, it is the height of a caption line.

_OTHER_SIZE = 1.5
"""Ratio of two heights. Lines of one font differ by less once their letters are allowed for."""
_LIKE_SIZE = 1.25
"""Ratio of two heights below which they count as one size."""
_LIKE_ROW = 0.5
"""Boxes whose middles are this close are in one row."""
_ANCHORED = 0.75
"""Captions have an anchor when the median deviation from it is at most this."""
_OFF_ANCHOR = 1.5
"""A box further than this from the anchor is not anchored like the captions."""
_OFF_ANCHOR_DEVIATIONS = 4.0
"""The same limit in median deviations; the larger limit counts."""
_FEWEST_LIKE = 3
"""Fewest lines that make a row or a size one of the captions'."""
_MOST = 0.7
"""The captions' rows are known when this share of the lines is in one of them."""
_NEXT_LINE = 1.6
"""Largest distance between the middles of two lines of one caption."""
_BLANK_IN_LINE = 1.0
"""Widest blank within a line."""
_ALIGNED = 0.75
"""Two lines of one caption share an edge or their middle to within this."""

_LOW = frozenset("acegmnopqrsuvwxyz .,:;-_~")
"""Characters without an ascender: a box of these alone is lower than its line."""
_DEEP = frozenset("gjpqy,;()[]{}|Q")
"""Characters that go below the baseline."""
_TALL_SHARE, _LOW_SHARE, _DEEP_SHARE = 0.73, 0.53, 0.21
"""Heights above the baseline with and without ascenders, and depth below it, in ems."""


def font_size(box: TextBox) -> float:
    """The em of the font, from a box that fits its letters tightly.

    The box of "no" is lower than the box of "(jump)" in the same font.
    """
    low = all(c in _LOW for c in box.text)
    deep = any(c in _DEEP or ord(c) > 0x2E7F for c in box.text)
    share = (_LOW_SHARE if low else _TALL_SHARE) + (_DEEP_SHARE if deep else 0.0)
    return box.height / share


def _anchors(box: TextBox) -> tuple[float, float, float]:
    return (box.left + box.right) / 2, box.left, box.right


class UsualLines:
    """Size, rows and anchor of captions, learned from one line per text.

    Captions need not have a common anchor or common rows, and they may have two sizes; a property
    that they do not share sets nothing apart. A row or a size counts as the captions' when at least
    ``share`` of the lines, and at least three, have it.

    Raises:
        ValueError: ``lines`` is empty.
    """

    def __init__(self, lines: Sequence[TextBox], *, share: float = 0.15) -> None:
        if not lines:
            raise ValueError("UsualLines needs at least one line to learn from.")
        self._heights: Array = np.array([line.height for line in lines])
        self._sizes: Array = np.array([font_size(line) for line in lines])
        self._rows: Array = np.array([line.centre_y for line in lines])
        self._height = float(np.median(self._heights))
        self._size = float(np.median(self._sizes))
        # A box of capitals is lower than its line, so the font decides distances between lines.
        self._line = max(self._height, (_TALL_SHARE + _DEEP_SHARE) * self._size)
        self._needed = max(_FEWEST_LIKE, share * len(lines))
        in_row = [self._in_row_of(row) for row in self._rows]
        self._rows_known = bool(np.mean(in_row) >= _MOST)
        anchors: Array = np.array([_anchors(line) for line in lines])
        middles = np.median(anchors, axis=0)
        deviations = np.median(np.abs(anchors - middles), axis=0)
        self._anchor = int(np.argmin(deviations))
        self._anchor_at = float(middles[self._anchor])
        deviation = float(deviations[self._anchor])
        self._off_anchor = (
            max(_OFF_ANCHOR * self._line, _OFF_ANCHOR_DEVIATIONS * deviation)
            if deviation <= _ANCHORED * self._line
            else float("inf")
        )

    def other_size(self, box: TextBox) -> bool:
        """Whether a box is clearly larger or smaller than captions are.

        Some engines give the height of the letters and some give that of the line, so both the box
        and its font must differ.
        """
        return self._other(box.height, self._height, self._heights) and self._other(
            font_size(box), self._size, self._sizes
        )

    def _other(self, value: float, usual: float, values: Array) -> bool:
        if 1 / _OTHER_SIZE <= value / usual <= _OTHER_SIZE:
            return False
        like = (values <= value * _LIKE_SIZE) & (values >= value / _LIKE_SIZE)
        return bool(like.sum() < self._needed)

    def elsewhere(self, box: TextBox) -> bool:
        """Whether a box lies away from the captions' anchor or from all of their rows."""
        return self._is_off_anchor(box) or (self._rows_known and not self._in_row_of(box.centre_y))

    def plain(self, box: TextBox) -> bool:
        """Whether a box has the size, the anchor and a row of the captions."""
        return not (
            self.other_size(box) or self._is_off_anchor(box) or not self._in_row_of(box.centre_y)
        )

    def _is_off_anchor(self, box: TextBox) -> bool:
        return abs(_anchors(box)[self._anchor] - self._anchor_at) > self._off_anchor

    def _in_row_of(self, centre_y: float) -> bool:
        like = np.abs(self._rows - centre_y) <= _LIKE_ROW * self._line
        return bool(like.sum() >= self._needed)

    def attached(self, box: TextBox, other: TextBox) -> bool:
        """Whether two boxes of one picture read on: as words of one line, or as the next line."""
        down = abs(box.centre_y - other.centre_y)
        if down <= _LIKE_ROW * self._line:
            blank = max(box.left, other.left) - min(box.right, other.right)
            return blank <= _BLANK_IN_LINE * self._line
        aside = min(abs(a - b) for a, b in zip(_anchors(box), _anchors(other), strict=True))
        return down <= _NEXT_LINE * self._line and aside <= _ALIGNED * self._line

"""What the lines of a video's captions usually look like, and which boxes differ clearly. Pure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from captionacc_media.ocr.protocol import OcrBox

Array = npt.NDArray[np.float64]

_OTHER_SIZE = 1.5
"""Lines of one font differ less than this in height, once their letters are allowed for."""
_LIKE_SIZE = 1.25
_LIKE_ROW = 0.5
_ANCHORED = 0.75
"""Captions have an anchor when the middle deviation from it is below this many line heights."""
_OFF_ANCHOR = 1.5
_OFF_ANCHOR_DEVIATIONS = 4.0
_FEWEST_LIKE = 3
_MOST = 0.7
_NEXT_LINE = 1.6
_GAP_IN_LINE = 1.0
_ALIGNED = 0.75

_LOW = frozenset("acegmnopqrsuvwxyz .,:;-_~")
_DEEP = frozenset("gjpqy,;()[]{}|Q")
_TALL_SHARE, _LOW_SHARE, _DEEP_SHARE = 0.73, 0.53, 0.21


def font_size(box: OcrBox) -> float:
    """The em that a box as tight as its letters would have: "no" is lower than "(jump)"."""
    low = all(c in _LOW for c in box.text)
    deep = any(c in _DEEP or ord(c) > 0x2E7F for c in box.text)
    share = (_LOW_SHARE if low else _TALL_SHARE) + (_DEEP_SHARE if deep else 0.0)
    return box.height / share


def _anchors(box: OcrBox) -> tuple[float, float, float]:
    return (box.left + box.right) / 2, box.left, box.right


class UsualLines:
    """Size, rows and anchor of captions, from ``lines`` that each show another text.

    What the lines leave open sets nothing apart: there may be no common anchor or no common rows,
    and there may be two sizes. A row or a size is theirs when ``share`` of the lines have it, and
    not less than three.

    Raises:
        ValueError: when there are no lines.
    """

    def __init__(self, lines: Sequence[OcrBox], *, share: float = 0.15) -> None:
        if not lines:
            raise ValueError("Usual lines need at least one line to be learnt from.")
        self._heights: Array = np.array([line.height for line in lines])
        self._sizes: Array = np.array([font_size(line) for line in lines])
        self._rows: Array = np.array([line.centre_y for line in lines])
        self._height = float(np.median(self._heights))
        self._size = float(np.median(self._sizes))
        # Capitals are lower than their line: distances between lines go by the font.
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

    def other_size(self, box: OcrBox) -> bool:
        """Whether a box is clearly larger or smaller than captions are.

        Engines give the height of the letters or that of the line, so it must be both ways.
        """
        return self._other(box.height, self._height, self._heights) and self._other(
            font_size(box), self._size, self._sizes
        )

    def _other(self, value: float, usual: float, values: Array) -> bool:
        if 1 / _OTHER_SIZE <= value / usual <= _OTHER_SIZE:
            return False
        like = (values <= value * _LIKE_SIZE) & (values >= value / _LIKE_SIZE)
        return bool(like.sum() < self._needed)

    def elsewhere(self, box: OcrBox) -> bool:
        """Whether a box lies away from the captions' anchor or from all of their rows."""
        return self._is_off_anchor(box) or (self._rows_known and not self._in_row_of(box.centre_y))

    def plain(self, box: OcrBox) -> bool:
        """Whether a box has all that captions have: size, anchor and row."""
        return not (
            self.other_size(box) or self._is_off_anchor(box) or not self._in_row_of(box.centre_y)
        )

    def _is_off_anchor(self, box: OcrBox) -> bool:
        return abs(_anchors(box)[self._anchor] - self._anchor_at) > self._off_anchor

    def _in_row_of(self, centre_y: float) -> bool:
        like = np.abs(self._rows - centre_y) <= _LIKE_ROW * self._line
        return bool(like.sum() >= self._needed)

    def attached(self, box: OcrBox, other: OcrBox) -> bool:
        """Whether two boxes of one picture read on: the next words, or the next line."""
        down = abs(box.centre_y - other.centre_y)
        if down <= _LIKE_ROW * self._line:
            gap = max(box.left, other.left) - min(box.right, other.right)
            return gap <= _GAP_IN_LINE * self._line
        aside = min(abs(a - b) for a, b in zip(_anchors(box), _anchors(other), strict=True))
        return down <= _NEXT_LINE * self._line and aside <= _ALIGNED * self._line

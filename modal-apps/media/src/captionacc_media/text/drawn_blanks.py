"""Puts back the blanks between Chinese or Japanese characters and Latin words or digits. Pure.

Engines leave these blanks out, because most texts that they learned from have none. The picture
shows whether a blank was drawn.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from captionacc_media.text.boxes import TextBox
from captionacc_media.text.lines import is_wide

# Widths and distances are in ems: the width of a Chinese character.

_NARROW = frozenset("iljtfrI1'.,:;!|()[]")
_WIDTHS = {"narrow": 0.32, "blank": 0.25, "lower": 0.53, "upper": 0.64}
"""Usual widths of Latin characters in the fonts of captions."""
_BLANK = 0.26
"""Narrowest drawn blank, between strokes. Neighbours without a blank are 0.1 to 0.15 apart, and a
blank adds 0.2 to 0.3."""
_NEAR = 0.4
"""A blank is looked for this far from where usual widths put it."""
_LEAST_CONTRAST = 48
"""Strokes differ by this many of 255 levels from what surrounds them; captions differ by more."""


def with_drawn_blanks(boxes: Sequence[TextBox], picture: npt.NDArray[np.uint8]) -> list[TextBox]:
    """The boxes of a grey picture (H x W), with blanks in their texts where they were drawn."""
    return [_with_blanks(box, picture) for box in boxes]


def _with_blanks(box: TextBox, picture: npt.NDArray[np.uint8]) -> TextBox:
    places = [
        place for place in range(1, len(box.text)) if _is_border(*box.text[place - 1 : place + 1])
    ]
    if not places:
        return box
    area = picture[
        max(0, int(box.top)) : int(np.ceil(box.bottom)),
        max(0, int(box.left)) : int(np.ceil(box.right)),
    ]
    inked = _inked_columns(area)
    if inked is None:
        return box
    ends = np.cumsum([_width(character) for character in box.text])
    em = len(inked) / float(ends[-1])
    drawn = [place for place in places if _has_blank(inked, float(ends[place - 1]) * em, em)]
    parts = (box.text[start:end] for start, end in zip([0, *drawn], [*drawn, None], strict=True))
    return msgspec.structs.replace(box, text=" ".join(parts))


def _is_border(first: str, second: str) -> bool:
    """Whether one character is Chinese or Japanese and the other a Latin letter or a digit."""
    wide = is_wide(first), is_wide(second)
    return first.isalnum() and second.isalnum() and wide[0] != wide[1]


def _width(character: str) -> float:
    if is_wide(character):
        return 1.0
    if character.isspace():
        return _WIDTHS["blank"]
    if character in _NARROW:
        return _WIDTHS["narrow"]
    return _WIDTHS["lower" if character.islower() else "upper"]


def _inked_columns(area: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_] | None:
    """Which columns have strokes, from the first to the last such column."""
    if area.size == 0:
        return None
    levels = area.astype(np.float64)
    dark, usual, bright = np.percentile(levels, [2, 50, 98])
    # The letters differ most from the picture; their outlines, if they have any, differ less.
    if bright - usual < usual - dark:
        levels, usual, bright = 255 - levels, 255 - usual, 255 - dark
    if bright - usual < _LEAST_CONTRAST:
        return None
    columns = (levels >= (usual + bright) / 2).any(axis=0)
    inked = np.flatnonzero(columns)
    return np.asarray(columns[inked[0] : inked[-1] + 1], np.bool_)


def _has_blank(inked: npt.NDArray[np.bool_], border: float, em: float) -> bool:
    """Whether a run of columns without strokes lies near ``border`` and is wide enough."""
    edges = np.flatnonzero(np.diff(np.r_[True, inked, True].astype(np.int8)))
    return any(
        end - start >= _BLANK * em and start - _NEAR * em <= border <= end + _NEAR * em
        for start, end in edges.reshape(-1, 2)
    )

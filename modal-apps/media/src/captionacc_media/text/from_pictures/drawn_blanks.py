"""Puts back the blanks between Chinese or Japanese characters and Latin words or digits. Pure.

Engines leave these blanks out, because most texts that they learned from have none. The picture
shows whether a blank was drawn.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from captionacc_media.text.boxes import TextBox
from captionacc_media.text.from_pictures.letter_ink import Grey, cut_out, letter_ink
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


def with_drawn_blanks(boxes: Sequence[TextBox], picture: Grey) -> list[TextBox]:
    """The boxes of a grey picture (H x W), with blanks in their texts where they were drawn."""
    return [_with_blanks(box, picture) for box in boxes]


def _with_blanks(box: TextBox, picture: Grey) -> TextBox:
    places = [
        place for place in range(1, len(box.text)) if _is_border(*box.text[place - 1 : place + 1])
    ]
    if not places:
        return box
    inked = _inked_columns(cut_out(box, picture))
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


def _inked_columns(area: Grey) -> npt.NDArray[np.bool_] | None:
    """Which columns have strokes, from the first to the last such column."""
    ink = letter_ink(area)
    if ink is None:
        return None
    columns = np.asarray(ink.any(axis=0), np.bool_)
    inked = np.flatnonzero(columns)
    return columns[inked[0] : inked[-1] + 1]


def _has_blank(inked: npt.NDArray[np.bool_], border: float, em: float) -> bool:
    """Whether a run of columns without strokes lies near ``border`` and is wide enough."""
    edges = np.flatnonzero(np.diff(np.r_[True, inked, True].astype(np.int8)))
    return any(
        end - start >= _BLANK * em and start - _NEAR * em <= border <= end + _NEAR * em
        for start, end in edges.reshape(-1, 2)
    )

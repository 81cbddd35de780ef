"""Counts the captions of a place: not its texts, of which several may be of one caption. Pure."""

from collections.abc import Sequence

import msgspec

from captionacc_layout.finding.comparing import share_of_smaller
from captionacc_layout.finding.places import quality
from captionacc_layout.looking.appearances import Appearance

_BEFORE = 8
"""A text is compared with the texts of this many captions before it."""
_PIECE = 0.88
"""A text is a piece of another when this share of its strokes is in the other, or the other way
round. On the tuning videos, about one caption of a hundred has more strokes in common with one of
those before it by chance; nearly all pieces of one watermark have."""


class Caption(msgspec.Struct, frozen=True, kw_only=True):
    """A caption, or what could be one: text that came at once, and had not been there before.

    Attributes:
        worth: how much its best text looks like one of captions: 0 to 1.
        first: its first look.
        last: its last look.
    """

    worth: float
    first: int
    last: int


def captions_of(members: Sequence[Appearance]) -> list[Caption]:
    """What could be the captions of a place.

    The lines of one caption come at once. A text that comes again is not a new one, and neither is
    a part of it: a mark that is half transparent is seen in parts, as the picture behind it allows,
    and a text that fades is seen in part before it is seen as a whole.

    Args:
        members: the texts of the place in the order of their first looks.
    """
    captions: list[Caption] = []
    known: list[list[Appearance]] = []
    for texts in _at_once(members):
        new = [text for text in texts if not _is_known(text, known[-_BEFORE:])]
        if new:
            known.append(new)
            captions.append(
                Caption(
                    worth=max(quality(each) for each in new),
                    first=min(each.first for each in new),
                    last=max(each.last for each in new),
                )
            )
    return captions


def _at_once(members: Sequence[Appearance]) -> list[list[Appearance]]:
    """The texts, together with those that come at the same time."""
    groups: list[list[Appearance]] = []
    start, end = -2, -1
    for text in members:
        if text.first > start + 1 or text.first > end:
            groups.append([])
            start, end = text.first, text.last
        groups[-1].append(text)
        end = max(end, text.last)
    return groups


def _is_known(text: Appearance, known: Sequence[list[Appearance]]) -> bool:
    """Whether a text is one of the known ones, or a piece; it is then added to that one."""
    for pieces in known:
        if any(share_of_smaller(text, piece) >= _PIECE for piece in pieces):
            pieces.append(text)
            return True
    return False

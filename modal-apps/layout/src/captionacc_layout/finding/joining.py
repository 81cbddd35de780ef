"""Joins the pieces of one caption: words far apart in a line, and the glyphs of a column. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from captionacc_layout.looking.appearances import Appearance
from captionacc_layout.looking.sightings import Strokes
from captionacc_layout.looking.video_looks import Seen

# Set by hand on the tuning videos of the layout benchmark.
_WIDE_BLANK = 4.0
"""Words of one line are at most this far apart, in line heights: thin spaced capitals, of which the
network misses some letters, have the widest blanks."""
_SIZES = 1.8
"""Ratio of the line heights of two pieces of one line."""
_SHARED = 0.5
"""Pieces of one line share this much of the lower one's height."""
_GLYPH_BLANK = 2.5
"""Glyphs of one column are at most this far apart, in line heights: the network may miss two."""
_SAME_COLUMN = 0.35
"""Pieces of one column begin at the same side within this many line heights, or end there."""
_UPRIGHT = 2.2
"""Pieces are a column if they are together this many times as tall as wide. Three short lines of
horizontal text are less."""
_WIDEST_COLUMN = 2.8
"""A column is one or two glyphs wide, and some of a glyph's side between them."""
_LAPPED = 0.5
"""Pieces of one column overlap by at most this share of a glyph's side."""
_TOGETHER = 1
"""Looks by which pieces of one caption come or go apart: the network finds one a look later."""


def with_whole_texts(seen: Seen) -> Seen:
    """The text of a video in which the pieces of one caption are one piece."""
    rows, columns = seen.unsteady.shape
    texts = _with_columns(seen.appearances, columns / rows)
    return replace(seen, appearances=_in_order(_with_lines(texts, columns / rows)))


def _in_order(texts: Iterable[Appearance]) -> list[Appearance]:
    return sorted(texts, key=lambda each: (each.first, each.top, each.left))


def _with_columns(texts: Sequence[Appearance], aspect: float) -> list[Appearance]:
    def belong_together(a: Appearance, b: Appearance) -> bool:
        glyph = max(_glyph(a, aspect), _glyph(b, aspect))
        wide = max(a.right - a.left, b.right - b.left) * aspect
        blank = max(a.top, b.top) - min(a.bottom, b.bottom)
        side = min(abs(a.left - b.left), abs(a.right - b.right)) * aspect
        return (
            wide <= _WIDEST_COLUMN * glyph
            and -_LAPPED * glyph <= blank <= _GLYPH_BLANK * glyph
            and side <= _SAME_COLUMN * glyph
        )

    joined: list[Appearance] = []
    for group in _groups(texts, belong_together):
        wide = max(each.right for each in group) - min(each.left for each in group)
        tall = max(each.bottom for each in group) - min(each.top for each in group)
        if len(group) == 1 or tall < _UPRIGHT * wide * aspect:
            joined += group
        else:
            glyph = float(np.median([_glyph(each, aspect) for each in group]))
            joined.append(_whole(group, line_height=glyph / aspect, vertical=True))
    return _in_order(joined)


def _glyph(text: Appearance, aspect: float) -> float:
    """The side of a glyph of a column, as a share of the picture's height."""
    return text.line_height * aspect if text.vertical else text.line_height


def _with_lines(texts: Sequence[Appearance], aspect: float) -> list[Appearance]:
    def belong_together(a: Appearance, b: Appearance) -> bool:
        if a.vertical or b.vertical:
            return False
        low, high = sorted((a.line_height, b.line_height))
        shared = min(a.bottom, b.bottom) - max(a.top, b.top)
        blank = (max(a.left, b.left) - min(a.right, b.right)) * aspect
        return (
            high <= _SIZES * low
            and shared >= _SHARED * min(a.bottom - a.top, b.bottom - b.top)
            and blank <= _WIDE_BLANK * high
        )

    return [
        group[0]
        if len(group) == 1
        else _whole(
            group,
            line_height=float(np.median([each.line_height for each in group])),
            vertical=False,
        )
        for group in _groups(texts, belong_together)
    ]


def _groups(
    texts: Sequence[Appearance], belong_together: Callable[[Appearance, Appearance], bool]
) -> list[list[Appearance]]:
    """Texts that come or go together and are one caption, directly or through other texts.

    Args:
        texts: in the order of their first looks.
        belong_together: whether two texts that come or go together are pieces of one caption.
    """
    leader = list(range(len(texts)))

    def lead(number: int) -> int:
        while leader[number] != number:
            number = leader[number]
        return number

    on_screen: list[int] = []
    for number, text in enumerate(texts):
        on_screen = [other for other in on_screen if texts[other].last >= text.first]
        for other in on_screen:
            before = texts[other]
            at_once = min(abs(before.first - text.first), abs(before.last - text.last))
            if at_once <= _TOGETHER and belong_together(before, text):
                leader[lead(number)] = lead(other)
        on_screen.append(number)
    groups: dict[int, list[Appearance]] = {}
    for number, text in enumerate(texts):
        groups.setdefault(lead(number), []).append(text)
    return list(groups.values())


def _whole(group: Sequence[Appearance], *, line_height: float, vertical: bool) -> Appearance:
    """One text of several pieces; the piece with more strokes counts more."""
    weights = [1 + float(each.strokes.sum(dtype=np.int64)) for each in group]
    strokes, origin = _page(group)
    return Appearance(
        left=min(each.left for each in group),
        top=min(each.top for each in group),
        right=max(each.right for each in group),
        bottom=max(each.bottom for each in group),
        line_height=line_height,
        lines=max(each.lines for each in group),
        vertical=vertical,
        first=min(each.first for each in group),
        last=max(each.last for each in group),
        seen=max(each.seen for each in group),
        certainty=float(np.average([each.certainty for each in group], weights=weights)),
        steadiness=float(np.average([each.steadiness for each in group], weights=weights)),
        strokes=strokes,
        origin=origin,
    )


def _page(texts: Sequence[Appearance]) -> tuple[Strokes, tuple[int, int]]:
    """The strokes of all texts where they stand, and the row and column at which they begin."""
    top = min(each.origin[0] for each in texts)
    left = min(each.origin[1] for each in texts)
    bottom = max(each.origin[0] + each.strokes.shape[0] for each in texts)
    right = max(each.origin[1] + each.strokes.shape[1] for each in texts)
    page = np.zeros((bottom - top, right - left), np.uint8)
    for each in texts:
        rows, columns = each.strokes.shape
        y, x = each.origin[0] - top, each.origin[1] - left
        part = page[y : y + rows, x : x + columns]
        part[:] = np.maximum(part, each.strokes)
    return page, (top, left)

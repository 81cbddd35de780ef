"""Finds captions in a box of one colour that stands in front of an older, longer caption. Pure.

The older caption sticks out to the left and right of the box, in the row of the newer caption. An
engine reads both as one line.
"""

from collections.abc import Sequence

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from captionacc_media.text.boxes import TextBox

Mask = npt.NDArray[np.bool_]

# All limits below were set by hand.

_LIKE_COLOUR = 28
"""Largest difference, in any of the three colours, of two pixels of one box after compression."""
_COLOURS = 4
"""Colours that are tried: the box's, and those of the letters and outlines of both captions."""
_CLEAN = 0.95
"""A column shows the bare box when this share of its pixels has the box's colour."""
_TRIMMED = 0.15
"""Share of a text box's height that is left out above and below: engines make boxes too high."""
_MOST_BARE = 0.6
"""Beside the box, at most this share of the pixels has its colour."""
_BARE_SHARE = (0.45, 0.95)
"""The share of a box's row that shows its colour. The strokes of a plain caption cover less than
the lower limit, and a row above the upper limit holds no text."""
_NARROWEST_MARGIN = 0.15
"""A box has a bare margin of this many line heights around its text. Thin strokes are narrower."""
_BARE_EVERYWHERE = 0.2
"""Each part of a box's row, of the width of a letter, shows at least this share of its colour. The
blanks between the words of a plain caption show the background."""
_LETTER = 0.4
"""Width of a narrow letter in line heights."""
_STICKS_OUT = 0.5
"""The older caption sticks out by this many line heights: less is a badly fitting text box."""
_CLEAN_END = 0.7
"""A row of a box shows this share of its colour in the margins, where a letter may come near."""
_PADDING = 0.75
"""A caption's box ends within this many line heights above and below its lines. A dark thing in the
picture goes on."""

_BEYOND = 3
"""Pixels from an edge to where the picture is free of its blur."""
_SHARP = 32
"""Where a box ends, a colour changes by at least so many of 255 levels."""
_SHARP_LEVEL, _SHARP_UPRIGHT = 0.9, 0.5
"""Least share of an upper or lower edge, and of a side, that changes. At the sides, the outlines of
the older caption may have the colour of the box."""


class _Front(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a row that a caption's box covers; ``right`` and ``bottom`` are exclusive."""

    left: int
    top: int
    right: int
    bottom: int
    colour: tuple[int, int, int]


def only_front(
    picture: npt.NDArray[np.uint8], boxes: Sequence[TextBox]
) -> npt.NDArray[np.uint8] | None:
    """The picture without the older captions that stick out behind the boxes of newer ones.

    Beside each box, its row is painted in the box's colour.

    Args:
        picture: the median picture of a caption, H x W x 3.
        boxes: the lines that were read in it, in pixels.

    Returns:
        A new picture, or ``None`` when no text sticks out from behind a box.
    """
    fronts = [front for box in boxes if (front := _front(picture, box, boxes)) is not None]
    if not fronts:
        return None
    painted = picture.copy()
    for front in fronts:
        painted[front.top : front.bottom, : front.left] = front.colour
        painted[front.top : front.bottom, front.right :] = front.colour
    return painted


def _front(picture: npt.NDArray[np.uint8], box: TextBox, boxes: Sequence[TextBox]) -> _Front | None:
    """The box in front of the older caption that a line was read with, if there is one."""
    height, width = picture.shape[:2]
    trim = _TRIMMED * box.height
    top, bottom = max(0, int(box.top + trim)), min(height, int(np.ceil(box.bottom - trim)))
    left, right = max(0, int(box.left)), min(width, int(np.ceil(box.right)))
    line = bottom - top
    if line < 1 or right - left < 2 * line:
        return None
    row = picture[top:bottom, left:right]
    margin = max(2, round(_NARROWEST_MARGIN * line))
    for colour in _commonest_colours(row):
        span = _span_in_row(_like(row, colour), margin)
        if span is None:
            continue
        start, end = left + span[0], left + span[1]
        ends = np.r_[start : start + margin, end - margin : end]
        above, below = _edges(_like(picture[:, ends], colour), top, bottom)
        red, green, blue = (int(level) for level in colour)
        front = _Front(left=start, top=above, right=end, bottom=below, colour=(red, green, blue))
        lines = [each for each in boxes if each.left < end and each.right > start]
        if _ends_beside_lines(above, below, lines) and _has_sharp_edges(picture, front):
            return front
    return None


def _like(area: npt.NDArray[np.uint8], colour: npt.NDArray[np.int16]) -> Mask:
    """The pixels of an area that have about the colour."""
    low, high = colour - _LIKE_COLOUR, colour + _LIKE_COLOUR
    return np.asarray(cv2.inRange(area, tuple(low.tolist()), tuple(high.tolist())), np.bool_)


def _span_in_row(row: Mask, margin: int) -> tuple[int, int] | None:
    """The columns of a row that a box covers, if text sticks out beside it."""
    line, width = row.shape
    span = _between_margins(row.mean(axis=0) >= _CLEAN, margin)
    if span is None or not _is_bare(row[:, slice(*span)], line):
        return None
    if max(span[0], width - span[1]) < _STICKS_OUT * line:
        return None
    beside = np.concatenate([row[:, : span[0]].ravel(), row[:, span[1] :].ravel()])
    return span if beside.mean() <= _MOST_BARE else None


def _between_margins(clean: Mask, margin: int) -> tuple[int, int] | None:
    """The columns from the first to the last run of at least ``margin`` clean columns."""
    if len(clean) < margin:
        return None
    runs = np.lib.stride_tricks.sliding_window_view(clean, margin).all(axis=1)
    starts = np.flatnonzero(runs)
    return (int(starts[0]), int(starts[-1]) + margin) if len(starts) else None


def _is_bare(row: Mask, line: int) -> bool:
    """Whether a row shows the colour of one box behind all of its text."""
    letter = round(_LETTER * line)
    if row.shape[1] < max(line, letter):
        return False
    shares = row.mean(axis=0)
    parts = np.convolve(shares, np.full(letter, 1 / letter), "valid")
    low, high = _BARE_SHARE
    return bool(low <= shares.mean() <= high and parts.min() >= _BARE_EVERYWHERE)


def _edges(ends: Mask, top: int, bottom: int) -> tuple[int, int]:
    """The rows where a caption's box begins and ends; ``ends`` are its first and last columns."""
    bare = ends.mean(axis=1) >= _CLEAN_END
    # A line's box that was found in a shrunk crop may be higher than the caption's box.
    while top < bottom - 1 and not bare[top]:
        top += 1
    while bottom > top + 1 and not bare[bottom - 1]:
        bottom -= 1
    while top > 0 and bare[top - 1]:
        top -= 1
    while bottom < len(bare) and bare[bottom]:
        bottom += 1
    return top, bottom


def _ends_beside_lines(above: int, below: int, lines: Sequence[TextBox]) -> bool:
    """Whether a box, with its rows from ``above`` to ``below``, ends near its lines of text."""
    padding = _PADDING * min(each.height for each in lines)
    first, last = min(each.top for each in lines), max(each.bottom for each in lines)
    return above >= first - padding and below <= last + padding


def _has_sharp_edges(picture: npt.NDArray[np.uint8], front: _Front) -> bool:
    """Whether the picture changes at once at each edge of a box, as soft backgrounds do not.

    A box whose upper or lower edge lies outside the picture does not count.
    """
    height, width = picture.shape[:2]
    rows, columns = slice(front.top, front.bottom), slice(front.left, front.right)
    above, below = front.top - _BEYOND, front.bottom - 1 + _BEYOND
    before, after = front.left - _BEYOND, front.right - 1 + _BEYOND
    if above < 0 or below >= height:
        return False
    level = [
        _change(picture[front.top + 1, columns], picture[above, columns]),
        _change(picture[front.bottom - 2, columns], picture[below, columns]),
    ]
    upright = []
    if before >= 0:
        upright.append(_change(picture[rows, front.left + 1], picture[rows, before]))
    if after < width:
        upright.append(_change(picture[rows, front.right - 2], picture[rows, after]))
    return min(level) >= _SHARP_LEVEL and min(upright, default=0.0) >= _SHARP_UPRIGHT


def _change(inner: npt.NDArray[np.uint8], outer: npt.NDArray[np.uint8]) -> float:
    """The share of the pixels along an edge where the picture changes clearly."""
    return float(np.mean(np.abs(inner.astype(np.int16) - outer).max(axis=-1) >= _SHARP))


def _commonest_colours(area: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.int16]]:
    """The colours that most pixels have: of the box, or of the letters and their outlines."""
    pixels = area.reshape(-1, 3)
    coarse = (pixels // 32).astype(np.int32)
    bins = coarse[:, 0] * 64 + coarse[:, 1] * 8 + coarse[:, 2]
    counts = np.bincount(bins)
    commonest = np.argsort(-counts, kind="stable")[:_COLOURS]
    return [_middle(pixels[bins == each]) for each in commonest if counts[each]]


def _middle(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.int16]:
    """The median of n x 3 pixels, by colour; a half is left out."""
    # Sorting bytes is several times faster than np.median.
    ordered = np.sort(pixels.T, axis=1, kind="stable").astype(np.int16)
    count = len(pixels)
    return np.asarray((ordered[:, (count - 1) // 2] + ordered[:, count // 2]) // 2, np.int16)

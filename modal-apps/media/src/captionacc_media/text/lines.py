"""Groups the text boxes of one picture into rows and lines, and joins them to text.

A row holds all boxes at one height of the picture. A line is a part of a row without a wide blank:
what a viewer reads in one go.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from captionacc_media.text.boxes import TextBox

_SAME_ROW_OVERLAP = 0.5
"""Two boxes are in one row when they share this much of the lower box's height."""
_WIDEST_BLANK = 2.5
"""A blank wider than this many line heights ends a line."""

Box = TypeVar("Box", bound=TextBox)


def is_wide(character: str) -> bool:
    """Whether a character belongs to a script written without blanks (Chinese, Japanese)."""
    return unicodedata.east_asian_width(character) in ("W", "F") and not (
        "\uac00" <= character <= "\ud7a3"  # Hangul is wide, but blanks separate its words.
    )


def joined(parts: Iterable[str]) -> str:
    """The parts of a line as one text, with blanks where the script needs them."""
    text = ""
    for part in parts:
        tight = not text or not part or is_wide(text[-1]) or is_wide(part[0])
        text = text + part if tight else f"{text} {part}"
    return text


def rows_of(boxes: Iterable[Box]) -> list[list[Box]]:
    """Group boxes into rows from top to bottom, each row from left to right."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda each: (each.top + each.bottom, each.left)):
        height = box.bottom - box.top
        for row in reversed(rows[-2:]):
            top = max(box.top, *(each.top for each in row))
            bottom = min(box.bottom, *(each.bottom for each in row))
            lower = min(height, *(each.bottom - each.top for each in row))
            if bottom - top >= _SAME_ROW_OVERLAP * lower > 0:
                row.append(box)
                break
        else:
            rows.append([box])
    return [sorted(row, key=lambda each: each.left) for row in rows]


def lines_of(
    boxes: Iterable[Box],
    *,
    join: Callable[[Iterable[str]], str] = joined,
    aspect: float = 1.0,
) -> list[Box]:
    """Merge the boxes of one picture into one box per line, from top to bottom.

    Args:
        boxes: words, characters or any other parts of lines.
        join: joins the texts of a line's parts, from left to right.
        aspect: width of the picture over its height where edges are fractions of the picture, and
            1 where they are pixels.
    """
    lines: list[Box] = []
    for row in rows_of(boxes):
        parts = [row[0]]
        for box in row[1:]:
            blank = (box.left - parts[-1].right) * aspect
            if blank > _WIDEST_BLANK * max(box.height, parts[-1].height):
                lines.append(_merged(parts, join))
                parts = []
            parts.append(box)
        lines.append(_merged(parts, join))
    return lines


def text_of(boxes: Sequence[TextBox]) -> tuple[str, float]:
    """The text of one picture's boxes, and its confidence (0 to 1).

    A line feed separates rows. The confidence is the mean over boxes, weighted by the lengths of
    their texts; it is 0 when there is no text.
    """
    rows = (joined(box.text.strip() for box in row) for row in rows_of(boxes))
    text = "\n".join(row for row in rows if row)
    length = sum(len(box.text.strip()) for box in boxes)
    if not length:
        return "", 0.0
    confidence = sum(box.confidence * len(box.text.strip()) for box in boxes) / length
    return text, confidence


def _merged(parts: Sequence[Box], join: Callable[[Iterable[str]], str]) -> Box:
    return msgspec.structs.replace(
        parts[0],
        text=join(part.text for part in parts),
        confidence=sum(part.confidence for part in parts) / len(parts),
        left=min(part.left for part in parts),
        top=min(part.top for part in parts),
        right=max(part.right for part in parts),
        bottom=max(part.bottom for part in parts),
    )

"""Boxes of one picture, put in reading order and joined to text."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from captionacc_media.ocr.protocol import OcrBox, OcrPage

_SAME_LINE_OVERLAP = 0.5
"""Two boxes stand on one line when they share this much of the lower one's height."""


class Placed(Protocol):
    """Anything with edges; y grows downwards."""

    @property
    def left(self) -> float: ...
    @property
    def top(self) -> float: ...
    @property
    def bottom(self) -> float: ...


P = TypeVar("P", bound=Placed)


def is_wide(character: str) -> bool:
    """Whether a character is of a script written without blanks (Chinese, Japanese)."""
    return unicodedata.east_asian_width(character) in ("W", "F") and not (
        "\uac00" <= character <= "\ud7a3"  # Hangul is wide, but its words are set apart.
    )


def joined(left: str, right: str) -> str:
    """Two neighbours on a line, with a blank between them where the script wants one."""
    if not left or not right:
        return left + right
    tight = is_wide(left[-1]) or is_wide(right[0])
    return left + right if tight else f"{left} {right}"


def rows_of(boxes: Iterable[P]) -> list[list[P]]:
    """Boxes grouped into lines from top to bottom, each from left to right."""
    rows: list[list[P]] = []
    for box in sorted(boxes, key=lambda each: (each.top + each.bottom, each.left)):
        height = box.bottom - box.top
        for row in reversed(rows[-2:]):
            top = max(box.top, *(each.top for each in row))
            bottom = min(box.bottom, *(each.bottom for each in row))
            lower = min(height, *(each.bottom - each.top for each in row))
            if bottom - top >= _SAME_LINE_OVERLAP * lower > 0:
                row.append(box)
                break
        else:
            rows.append([box])
    return [sorted(row, key=lambda each: each.left) for row in rows]


def text_of(boxes: Sequence[OcrBox]) -> tuple[str, float]:
    """Text of the boxes, lines joined by a newline, and its confidence (0 to 1).

    The confidence is the mean over boxes weighted by their length; 0 when there is no text.
    """
    lines: list[str] = []
    for row in rows_of(boxes):
        line = ""
        for box in row:
            line = joined(line, box.text.strip())
        if line:
            lines.append(line)
    length = sum(len(box.text.strip()) for box in boxes)
    if not length:
        return "", 0.0
    confidence = sum(box.confidence * len(box.text.strip()) for box in boxes) / length
    return "\n".join(lines), confidence


def page_text(page: OcrPage) -> tuple[str, float]:
    """:func:`text_of` the boxes of a page."""
    return text_of(page.boxes)

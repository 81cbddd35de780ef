"""Boxes of one picture, put in reading order and joined to text."""

import unicodedata
from collections.abc import Iterable, Sequence

from captionacc_media.ocr.protocol import OcrBox, OcrPage

_SAME_LINE_OVERLAP = 0.5
"""Two boxes stand on one line when they share this much of the lower one's height."""


def is_wide(character: str) -> bool:
    """Whether a character is of a script written without blanks (Chinese, Japanese)."""
    return unicodedata.east_asian_width(character) in ("W", "F") and not (
        "\uac00" <= character <= "\ud7a3"  # Hangul is wide, but its words are set apart.
    )


def _join(left: str, right: str) -> str:
    if not left or not right:
        return left + right
    tight = is_wide(left[-1]) or is_wide(right[0])
    return left + right if tight else f"{left} {right}"


def rows_of(boxes: Iterable[OcrBox]) -> list[list[OcrBox]]:
    """Boxes grouped into lines from top to bottom, each from left to right."""
    rows: list[list[OcrBox]] = []
    for box in sorted(boxes, key=lambda each: (each.centre_y, each.left)):
        for row in reversed(rows[-2:]):
            shared = min(box.bottom, *(each.bottom for each in row)) - max(
                box.top, *(each.top for each in row)
            )
            lower = min(box.height, *(each.height for each in row))
            if lower > 0 and shared >= _SAME_LINE_OVERLAP * lower:
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
            line = _join(line, box.text.strip())
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

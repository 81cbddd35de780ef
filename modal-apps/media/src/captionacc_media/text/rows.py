"""Boxes of one frame joined to the lines that a viewer sees."""

from collections.abc import Iterable
from itertools import groupby

from captionacc_media.text.lines import joined, rows_of
from captionacc_media.text.text_box import TextBox

_WIDEST_BLANK = 2.5
"""Two boxes further apart than this many line heights are not one line."""


def _merge(parts: list[TextBox]) -> TextBox:
    text = ""
    for part in parts:
        text = joined(text, part.text)
    return TextBox(
        at=parts[0].at,
        text=text,
        confidence=sum(part.confidence for part in parts) / len(parts),
        left=min(part.left for part in parts),
        top=min(part.top for part in parts),
        right=max(part.right for part in parts),
        bottom=max(part.bottom for part in parts),
    )


def lines(boxes: Iterable[TextBox], aspect: float) -> list[TextBox]:
    """One box a line of text and frame; ``aspect`` is the picture's width over its height."""
    found: list[TextBox] = []
    for _, frame in groupby(sorted(boxes, key=lambda box: box.at), key=lambda box: box.at):
        for row in rows_of(list(frame)):
            parts = [row[0]]
            for box in row[1:]:
                blank = (box.left - parts[-1].right) * aspect
                if blank > _WIDEST_BLANK * max(box.height, parts[-1].height):
                    found.append(_merge(parts))
                    parts = []
                parts.append(box)
            found.append(_merge(parts))
    return found

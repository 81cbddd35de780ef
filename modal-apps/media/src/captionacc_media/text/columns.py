"""Lays vertical text down, so that its columns can be read as lines."""

from collections.abc import Iterable

import msgspec

from captionacc_media.text.boxes import TextBox


def laid_down(boxes: Iterable[TextBox], width: float) -> list[TextBox]:
    """Turn the boxes of a picture of ``width`` pixels by a quarter turn to the left.

    Columns of vertical text follow each other from right to left, and each is read from top to
    bottom. After the turn they are lines in the usual order: the right column is the top line, and
    its upper end is the left end of that line.
    """
    return [
        msgspec.structs.replace(
            box,
            left=box.top,
            top=width - box.right,
            right=box.bottom,
            bottom=width - box.left,
        )
        for box in boxes
    ]

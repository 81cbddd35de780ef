"""Puts many pictures on one sheet for the engine, and splits what it read by picture. Pure.

The pictures form one column with black separators: an engine joins the words of pictures that are
side by side.
"""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from captionacc_media.ocr.protocol import RgbImage
from captionacc_media.text.boxes import TextBox

MOST_ROWS = 40
MOST_PIXELS = 32_000_000
MOST_HEIGHT = 32_000
_LEAST_SEPARATOR = 10
_MOST_SEPARATOR = 40
_STICKS_OUT = 2.0
"""Pixels by which a symbol may stick out of its row; boxes are not exact."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Where the picture at ``position`` of the input is on a sheet; ``bottom`` is exclusive."""

    position: int
    top: int
    bottom: int


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet of ``width`` x ``height`` pixels with its rows from top to bottom."""

    rows: list[Row]
    width: int
    height: int


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """What was read on a sheet.

    ``boxes`` are by the position of their picture and in its own pixels. The pictures at the
    positions ``unsure`` must be read again, each alone.
    """

    boxes: dict[int, list[TextBox]]
    unsure: set[int]


def separator_height(picture_height: int) -> int:
    """Pixels of black between two pictures: at least half a line of text."""
    return max(_LEAST_SEPARATOR, min(_MOST_SEPARATOR, -(-picture_height // 4)))


def plan_sheets(
    sizes: Sequence[tuple[int, int]],
    *,
    most_rows: int = MOST_ROWS,
    most_pixels: int = MOST_PIXELS,
    most_height: int = MOST_HEIGHT,
) -> list[Sheet]:
    """Place pictures of ``sizes`` (width, height) on sheets, in order.

    A picture that is too large for the limits gets its own sheet.
    """
    sheets: list[Sheet] = []
    for position, (width, height) in enumerate(sizes):
        if sheets:
            last = sheets[-1]
            above = last.rows[-1]
            separator = separator_height(max(height, above.bottom - above.top))
            wide, high = max(width, last.width), last.height + separator + height
            if len(last.rows) < most_rows and wide * high <= most_pixels and high <= most_height:
                row = Row(position=position, top=high - height, bottom=high)
                sheets[-1] = Sheet(rows=[*last.rows, row], width=wide, height=high)
                continue
        row = Row(position=position, top=0, bottom=height)
        sheets.append(Sheet(rows=[row], width=width, height=height))
    return sheets


def draw(sheet: Sheet, images: Sequence[RgbImage]) -> RgbImage:
    """Draw the sheet: ``images`` at their rows, black everywhere else."""
    if len(sheet.rows) == 1:
        return images[sheet.rows[0].position]
    canvas = np.zeros((sheet.height, sheet.width, 3), np.uint8)
    for row in sheet.rows:
        image = images[row.position]
        canvas[row.top : row.bottom, : image.shape[1]] = image
    return canvas


def split(sheet: Sheet, symbols: Iterable[TextBox]) -> Split:
    """Assign each symbol to the row that contains its middle.

    A symbol that sticks out of its row was joined across a separator. The rows that it touches are
    unsure, and their boxes are left out.
    """
    boxes: dict[int, list[TextBox]] = {row.position: [] for row in sheet.rows}
    unsure: set[int] = set()
    for symbol in symbols:
        touched = [row for row in sheet.rows if symbol.top < row.bottom and symbol.bottom > row.top]
        home = next((row for row in touched if row.top <= symbol.centre_y < row.bottom), None)
        inside = home is not None and (
            symbol.top >= home.top - _STICKS_OUT and symbol.bottom <= home.bottom + _STICKS_OUT
        )
        if home is None or not inside:
            # Reading a picture again that is alone on its sheet would give the same symbols.
            if len(sheet.rows) > 1:
                unsure.update(row.position for row in touched)
            continue
        boxes[home.position].append(
            TextBox(
                text=symbol.text,
                confidence=symbol.confidence,
                left=symbol.left,
                top=max(0.0, symbol.top - home.top),
                right=symbol.right,
                bottom=min(float(home.bottom - home.top), symbol.bottom - home.top),
            )
        )
    return Split(
        boxes={position: found for position, found in boxes.items() if position not in unsure},
        unsure=unsure,
    )

"""Many pictures on one sheet, read as one, and what was read given back to its picture. Pure.

One column and black separators: side by side, an engine would join neighbours' words.
"""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from captionacc_media.ocr.protocol import OcrBox, RgbImage

MOST_ROWS = 40
MOST_PIXELS = 32_000_000
MOST_HEIGHT = 32_000
_LEAST_SEPARATOR = 10
_MOST_SEPARATOR = 40
_STICKS_OUT = 2.0


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Where the picture at ``position`` of the input lies on a sheet, in pixels."""

    position: int
    top: int
    bottom: int


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """Rows from top to bottom; ``width`` and ``height`` are the sheet's pixels."""

    rows: list[Row]
    width: int
    height: int


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """Boxes by position of their picture, in its own pixels; ``unsure`` must be read alone."""

    boxes: dict[int, list[OcrBox]]
    unsure: set[int]


def separator_height(picture_height: int) -> int:
    """Black between two pictures: half a line or more, whether frame or strip of two lines."""
    return max(_LEAST_SEPARATOR, min(_MOST_SEPARATOR, -(-picture_height // 4)))


def plan_sheets(
    sizes: Sequence[tuple[int, int]],
    *,
    most_rows: int = MOST_ROWS,
    most_pixels: int = MOST_PIXELS,
    most_height: int = MOST_HEIGHT,
) -> list[Sheet]:
    """Place pictures of ``sizes`` (width, height) on sheets, in order, none missing.

    A picture too large for the limits has a sheet of its own.
    """
    sheets: list[Sheet] = []
    for position, (width, height) in enumerate(sizes):
        if sheets:
            last = sheets[-1]
            above = last.rows[-1]
            gap = separator_height(max(height, above.bottom - above.top))
            wide, high = max(width, last.width), last.height + gap + height
            if len(last.rows) < most_rows and wide * high <= most_pixels and high <= most_height:
                row = Row(position=position, top=high - height, bottom=high)
                sheets[-1] = Sheet(rows=[*last.rows, row], width=wide, height=high)
                continue
        row = Row(position=position, top=0, bottom=height)
        sheets.append(Sheet(rows=[row], width=width, height=height))
    return sheets


def draw(sheet: Sheet, images: Sequence[RgbImage]) -> RgbImage:
    """The sheet with its pictures, black where there is none."""
    if len(sheet.rows) == 1:
        return images[sheet.rows[0].position]
    canvas = np.zeros((sheet.height, sheet.width, 3), np.uint8)
    for row in sheet.rows:
        image = images[row.position]
        canvas[row.top : row.bottom, : image.shape[1]] = image
    return canvas


def split(sheet: Sheet, symbols: Iterable[OcrBox]) -> Split:
    """Give each symbol to the row that holds its middle.

    A symbol that sticks out of its row was joined over a separator: the rows that it touches are
    unsure, and their boxes are left out.
    """
    boxes: dict[int, list[OcrBox]] = {row.position: [] for row in sheet.rows}
    unsure: set[int] = set()
    for symbol in symbols:
        touched = [row for row in sheet.rows if symbol.top < row.bottom and symbol.bottom > row.top]
        home = next((row for row in touched if row.top <= symbol.centre_y < row.bottom), None)
        inside = home is not None and (
            symbol.top >= home.top - _STICKS_OUT and symbol.bottom <= home.bottom + _STICKS_OUT
        )
        if home is None or not inside:
            # Alone on its sheet, a picture would only be read the same once more.
            if len(sheet.rows) > 1:
                unsure.update(row.position for row in touched)
            continue
        boxes[home.position].append(
            OcrBox(
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

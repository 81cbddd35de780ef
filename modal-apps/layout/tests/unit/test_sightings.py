"""Pieces of text found in the maps of a look."""

import numpy as np
import pytest
from captionacc_layout.looking.maps import TextMaps
from captionacc_layout.looking.sightings import Sighting, look_at, sightings
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
ROWS, COLUMNS = 36, 64


def maps(*boxes: Box, shift: int = 0) -> TextMaps:
    """Text in boxes of cells (left, top, right, bottom); ``shift`` moves strokes by parts."""
    text = np.zeros((ROWS, COLUMNS), np.float32)
    strokes = np.zeros((4 * ROWS, 4 * COLUMNS), np.float32)
    for left, top, right, bottom in boxes:
        text[top:bottom, left:right] = 0.9
        for part in (shift, shift + 1):
            strokes[4 * top + 1 : 4 * bottom - 1, 4 * left + part : 4 * right : 4] = 0.8
    return TextMaps(text=text, strokes=strokes)


def seen(*boxes: Box) -> list[Sighting]:
    return sorted(
        sightings(look_at(maps(*boxes), maps(*boxes))), key=lambda each: (each.top, each.left)
    )


def test_words_of_a_line_are_one_piece_and_distant_text_is_another() -> None:
    line, far = seen((20, 30, 25, 32), (27, 30, 33, 32), (50, 30, 55, 32))
    assert (line.cells.left, line.cells.right) == (20, 33)
    assert (far.cells.left, far.cells.right) == (50, 55)
    assert line.certainty == pytest.approx(0.9, abs=0.01)


def test_glyphs_one_below_the_other_are_one_column() -> None:
    (column,) = seen((60, 4, 62, 6), (60, 7, 62, 9), (60, 10, 62, 12), (60, 14, 62, 16))
    assert (column.cells.top, column.cells.bottom) == (4, 16)


def test_two_lines_are_two_pieces() -> None:
    assert len(seen((20, 28, 40, 29), (22, 31, 38, 32))) == 2


def test_the_height_of_a_line_and_the_number_of_lines() -> None:
    text = np.zeros((ROWS, COLUMNS), np.float32)
    text[20:24, 10:40] = 0.9
    strokes = np.zeros((4 * ROWS, 4 * COLUMNS), np.float32)
    for top in (81, 89):
        strokes[top : top + 6, 40:160:3] = 0.8
    both = TextMaps(text=text, strokes=strokes)
    (block,) = sightings(look_at(both, both))
    assert (block.lines, block.line_height) == (2, 1.5)


def test_text_that_moves_between_the_pictures_of_a_look_is_unsteady() -> None:
    box = (10, 30, 50, 32)
    (still,) = sightings(look_at(maps(box), maps(box)))
    (moved,) = sightings(look_at(maps(box), maps(box, shift=1)))
    assert still.steadiness == pytest.approx(1)
    assert moved.steadiness == pytest.approx(1 / 3, abs=0.02)


def test_faint_text_is_none() -> None:
    faint: NDArray[np.float32] = np.full((ROWS, COLUMNS), 0.6, np.float32)
    shown = TextMaps(text=faint, strokes=np.zeros((4 * ROWS, 4 * COLUMNS), np.float32))
    assert sightings(look_at(shown, shown)) == []

"""Weak lines of text, which are read again from a larger picture."""

import numpy as np
import pytest
from captionacc_layout.looking.sightings import CellBox
from captionacc_layout.looking.small_text import rows_to_compare, weak_lines
from numpy.typing import NDArray

ROWS, COLUMNS = 36, 64


def page(*boxes: tuple[CellBox, float]) -> NDArray[np.float32]:
    """A map with a probability in each box."""
    text = np.full((ROWS, COLUMNS), 0.02, np.float32)
    for box, probability in boxes:
        text[box.cells] = probability
    return text


def box(left: int, top: int, right: int, bottom: int) -> CellBox:
    return CellBox(left=left, top=top, right=right, bottom=bottom)


def test_a_weak_line_is_found_across_its_blanks() -> None:
    one, other = box(20, 30, 27, 32), box(29, 30, 40, 32)
    assert weak_lines(page((one, 0.6), (other, 0.5))) == [box(20, 30, 40, 32)]


@pytest.mark.parametrize(
    ("shape", "probability"),
    [
        pytest.param(box(20, 30, 40, 32), 0.85, id="a line of which the network is sure"),
        pytest.param(box(20, 30, 40, 32), 0.35, id="hardly any text"),
        pytest.param(box(20, 30, 23, 31), 0.6, id="a short thing"),
        pytest.param(box(20, 20, 40, 28), 0.6, id="a tall texture"),
    ],
)
def test_other_things_are_not_read_again(shape: CellBox, probability: float) -> None:
    assert weak_lines(page((shape, probability))) == []


def test_two_lines_are_read_again_and_a_texture_full_of_them_is_not() -> None:
    lines = [box(10, top, 20 + top, top + 1) for top in range(4, 34, 4)]
    assert weak_lines(page(*((line, 0.6) for line in lines))) == [lines[-1], lines[-2]]


def test_the_rows_around_text_are_compared() -> None:
    rows = rows_to_compare(page((box(20, 30, 40, 32), 0.35)))
    assert np.flatnonzero(rows).tolist() == [28, 29, 30, 31, 32, 33]
    assert not rows_to_compare(page()).any()

"""Dots that were read as letters are dots again, and letters stay letters."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from captionacc_media.text.boxes import TextBox
from captionacc_media.text.from_pictures.drawn_dots import with_drawn_dots

Picture = npt.NDArray[np.uint8]
Draw = Callable[[Picture, int], object]


def _disc(picture: Picture, x: int) -> None:
    cv2.circle(picture, (x, 40), 5, 250, cv2.FILLED)


def _ring(picture: Picture, x: int) -> None:
    cv2.circle(picture, (x, 40), 8, 250, 3)


def _bar(picture: Picture, x: int) -> None:
    cv2.rectangle(picture, (x - 3, 20), (x + 3, 44), 250, cv2.FILLED)


def _read(text: str, draw: Draw, number: int) -> str:
    picture = np.full((60, 200), 90, np.uint8)
    for place in range(number):
        draw(picture, 30 + 22 * place)
    box = TextBox(text=text, confidence=0.02, left=15, top=10, right=15 + 22 * number, bottom=52)
    (read,) = with_drawn_dots([box], picture)
    return read.text


@pytest.mark.parametrize("number", [2, 3, 6])
def test_discs_that_were_read_as_round_letters_are_dots(number: int) -> None:
    assert _read("0" * number, _disc, number) == "." * number


def test_the_picture_gives_the_number_of_dots() -> None:
    assert _read("00", _disc, 3) == "..."


@pytest.mark.parametrize(
    ("text", "draw", "number"),
    [
        pytest.param("000", _ring, 3, id="zeros"),
        pytest.param("000", _bar, 3, id="bars"),
        pytest.param("o", _disc, 1, id="one disc"),
        pytest.param("No", _disc, 2, id="a text with other letters"),
        pytest.param("", _disc, 3, id="no text"),
    ],
)
def test_other_marks_keep_their_text(text: str, draw: Draw, number: int) -> None:
    assert _read(text, draw, number) == text


def test_discs_of_different_sizes_are_not_a_row_of_dots() -> None:
    picture = np.full((60, 120), 90, np.uint8)
    cv2.circle(picture, (30, 40), 4, 250, cv2.FILLED)
    cv2.circle(picture, (60, 40), 9, 250, cv2.FILLED)
    box = TextBox(text="oO", confidence=0.1, left=10, top=10, right=90, bottom=58)
    assert with_drawn_dots([box], picture) == [box]


def test_a_box_outside_the_picture_keeps_its_text() -> None:
    box = TextBox(text="000", confidence=0.1, left=500, top=5, right=600, bottom=30)
    assert with_drawn_dots([box], np.zeros((50, 100), np.uint8)) == [box]

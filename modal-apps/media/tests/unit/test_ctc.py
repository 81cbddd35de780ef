import numpy as np
import pytest
from captionacc_media.ocr.recognition.ctc import LineReading, read_columns
from numpy.typing import NDArray

CHARACTERS = ["", "a", "b", "字", " "]


def columns(*best: tuple[int, float]) -> NDArray[np.float32]:
    """One column per pair of a character's place and its probability."""
    found = np.zeros((len(best), len(CHARACTERS)), np.float32)
    for at, (place, probability) in enumerate(best):
        found[at] = (1 - probability) / (len(CHARACTERS) - 1)
        found[at, place] = probability
    return found


def test_repeats_are_one_character_and_blanks_part_two() -> None:
    read = read_columns(columns((1, 1), (1, 1), (0, 1), (1, 1), (2, 1), (4, 1)), CHARACTERS, 3.0)
    assert read.text == "aab"
    assert (read.mean, read.least, read.path) == (1.0, 1.0, 1.0)


def test_an_uncertain_blank_shows_in_the_path_alone() -> None:
    sure = read_columns(columns((1, 0.9), (0, 1.0), (2, 0.8)), CHARACTERS, 3.0)
    unsure = read_columns(columns((1, 0.9), (0, 0.5), (2, 0.8)), CHARACTERS, 3.0)
    assert sure.mean == unsure.mean == pytest.approx(0.85)
    assert sure.least == unsure.least == pytest.approx(0.8)
    assert sure.path == pytest.approx(0.72)
    assert unsure.path == pytest.approx(0.36)


def test_a_text_that_is_shorter_than_its_line_is_seen() -> None:
    assert read_columns(columns((1, 1), (3, 1)), CHARACTERS, 3.0).filled == pytest.approx(0.5)


def test_a_line_of_blanks_has_no_text_and_no_confidence() -> None:
    nothing = LineReading(text="", mean=0.0, least=0.0, path=0.0, filled=0.0)
    assert read_columns(columns((0, 1), (4, 0.9)), CHARACTERS, 3.0) == nothing

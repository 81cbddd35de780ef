import math

import pytest
from captionacc_media.ocr.recognition.confidence import (
    is_readable,
    is_tesseract_readable,
    line_confidence,
    tesseract_confidence,
)
from captionacc_media.ocr.recognition.ctc import LineReading

DEFAULT_KNOWS = frozenset("abcdefghijklmnopqrstuvwxyzàáâơưạồđαβγ")


def reading(
    text: str, *, mean: float = 0.98, path: float = 0.8, filled: float = 1.3
) -> LineReading:
    return LineReading(text=text, mean=mean, least=mean, path=path, filled=filled)


def sure(shown: LineReading) -> float:
    return line_confidence(shown, DEFAULT_KNOWS)


def test_a_clear_line_is_sure() -> None:
    assert sure(reading("The boats came back", mean=0.998, path=0.97)) > 0.95


@pytest.mark.parametrize(
    "text",
    ["Chào bui sáng mi ngưi", "Ðó đã là quá khứ", "Kaλnμεpα", "XPENIA ΓKOYAM"],
)
def test_letters_of_a_language_that_the_model_lacks_are_not_sure(text: str) -> None:
    assert sure(reading(text)) < 0.6
    assert sure(reading(text)) < sure(reading("Plain letters")) / 1.3


def test_a_recogniser_that_knows_all_letters_of_a_language_is_sure() -> None:
    greek = reading("Kaλημερα")
    assert line_confidence(greek, DEFAULT_KNOWS | {"ή"}) > line_confidence(greek, DEFAULT_KNOWS)


def test_croatian_is_not_taken_for_vietnamese() -> None:
    assert sure(reading("Među nama")) == sure(reading("Medu nama"))


def test_uncertain_blanks_and_a_text_too_short_for_its_line_lower_the_confidence() -> None:
    assert sure(reading("text", path=0.1)) < sure(reading("text", path=0.9))
    assert sure(reading("text", filled=0.3)) < sure(reading("text", filled=1.3))
    assert sure(reading("text", filled=9.0)) == sure(reading("text", filled=1.3))


def test_an_empty_text_is_unreadable_and_has_no_confidence() -> None:
    nothing = LineReading(text="", mean=0.0, least=0.0, path=0.0, filled=0.0)
    assert (sure(nothing), is_readable(nothing)) == (0.0, False)
    assert (tesseract_confidence([]), is_tesseract_readable([])) == (0.0, False)


def test_a_mark_in_a_long_line_is_unreadable_and_a_long_text_with_a_mistake_is_not() -> None:
    assert not is_readable(reading(".", mean=0.9, filled=0.04))
    assert is_readable(reading("A long caption in which a letter is wrong", mean=0.9, path=0.001))
    assert is_readable(reading("I", mean=0.9, filled=0.8))


def test_tesseract_is_as_sure_as_its_least_certain_word() -> None:
    assert tesseract_confidence([0.96, 0.95]) > 0.75
    assert tesseract_confidence([0.96, 0.2]) < 0.2
    assert is_tesseract_readable([0.9, 0.2])
    assert not is_tesseract_readable([0.03])
    assert math.isfinite(tesseract_confidence([0.0, 1.0]))

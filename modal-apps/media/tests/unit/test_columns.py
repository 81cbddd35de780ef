"""Vertical text is read from the right column to the left, each from top to bottom."""

from captionacc_media.text.boxes import TextBox
from captionacc_media.text.columns import laid_down
from captionacc_media.text.lines import text_of


def _column(text: str, left: float, top: float) -> TextBox:
    return TextBox(
        text=text, confidence=0.9, left=left, top=top, right=left + 20, bottom=top + 20 * len(text)
    )


def test_the_right_column_comes_first() -> None:
    boxes = [_column("降っている", 10, 5), _column("今日は雨が", 40, 5)]
    assert text_of(laid_down(boxes, width=80))[0] == "今日は雨が\n降っている"


def test_the_parts_of_a_column_are_joined_from_top_to_bottom() -> None:
    parts = [_column("雨が", 41, 70), _column("今日は", 40, 5)]
    left = [_column("いる", 9, 72), _column("降って", 10, 5)]
    assert text_of(laid_down([*left, *parts], width=80))[0] == "今日は雨が\n降っている"


def test_a_column_that_starts_lower_is_a_column_of_its_own() -> None:
    boxes = [_column("左", 10, 90), _column("真ん中", 40, 30), _column("右の列", 70, 5)]
    assert text_of(laid_down(boxes, width=100))[0] == "右の列\n真ん中\n左"

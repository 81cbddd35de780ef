"""Boxes become text in reading order."""

from captionacc_media.ocr.symbols import symbol_lines
from captionacc_media.text.boxes import TextBox
from captionacc_media.text.lines import text_of


def _box(text: str, left: float, top: float, width: float = 40, height: float = 20) -> TextBox:
    return TextBox(
        text=text, confidence=0.8, left=left, top=top, right=left + width, bottom=top + height
    )


def test_lines_run_from_top_to_bottom_and_left_to_right() -> None:
    boxes = [_box("below", 0, 30), _box("right", 50, 2), _box("left", 0, 0)]
    assert text_of(boxes)[0] == "left right\nbelow"


def test_chinese_is_joined_without_blanks_and_korean_with() -> None:
    assert text_of([_box("你好", 0, 0), _box("世界", 50, 0)])[0] == "你好世界"
    assert text_of([_box("안녕", 0, 0), _box("세계", 50, 0)])[0] == "안녕 세계"


def test_confidence_is_weighted_by_length() -> None:
    boxes = [
        TextBox(text="a", confidence=0.0, left=0, top=0, right=1, bottom=1),
        TextBox(text="bcd", confidence=1.0, left=0, top=5, right=1, bottom=6),
    ]
    assert text_of(boxes) == ("a\nbcd", 0.75)
    assert text_of([]) == ("", 0.0)


def test_symbols_keep_their_blanks_and_break_at_wide_ones() -> None:
    symbols = [_box(c, 10 * n, 0, width=9) for n, c in enumerate(["H", "i ", "y", "o", "u "])]
    lines = symbol_lines([*symbols, _box("!", 300, 0, width=9)])
    assert [line.text for line in lines] == ["Hi you", "!"]
    assert lines[0].left == 0
    assert lines[0].right == 49

"""The pieces of one caption become one text."""

import pytest
from captionacc_layout.finding.joining import with_whole_texts
from captionacc_layout.looking.appearances import Appearance
from captionacc_testkit.seen_text import Screen


def whole_texts(screen: Screen) -> list[Appearance]:
    return with_whole_texts(screen.seen()).appearances


def edges(text: Appearance) -> tuple[float, float, float, float]:
    return text.left, text.top, text.right, text.bottom


def test_words_far_apart_in_a_line_are_one_text() -> None:
    screen = Screen(20)
    screen.add(0.3, 0.86, 0.42, 0.9, first=4, last=9)
    screen.add(0.5, 0.86, 0.7, 0.9, first=4, last=9)
    [text] = whole_texts(screen)
    assert edges(text) == (0.3, 0.86, 0.7, 0.9)
    assert not text.vertical
    assert text.strokes.shape[1] >= 0.4 * 64 * 4, "the strokes of both words, and the blank"


def test_a_word_that_the_network_finds_a_look_later_belongs_to_the_line() -> None:
    screen = Screen(20)
    screen.add(0.3, 0.86, 0.42, 0.9, first=4, last=9)
    screen.add(0.44, 0.86, 0.7, 0.9, first=6, last=9)
    [text] = whole_texts(screen)
    assert (text.first, text.last) == (4, 9)


@pytest.mark.parametrize(
    ("left", "right", "first", "last"),
    [
        pytest.param(0.05, 0.15, 4, 9, id="another speaker"),
        pytest.param(0.8, 0.9, 0, 19, id="a logo in the row"),
        pytest.param(0.3, 0.7, 11, 15, id="the next caption"),
    ],
)
def test_other_text_stays_apart(left: float, right: float, first: int, last: int) -> None:
    screen = Screen(20)
    screen.add(0.4, 0.86, 0.75, 0.9, first=4, last=9)
    screen.add(left, 0.86, right, 0.9, first=first, last=last)
    assert len(whole_texts(screen)) == 2


def test_the_glyphs_of_a_column_are_one_vertical_text() -> None:
    screen = Screen(20)
    screen.add(0.05, 0.1, 0.08, 0.16, first=4, last=9)
    screen.add(0.05, 0.2, 0.08, 0.26, first=4, last=9)
    screen.add(0.05, 0.3, 0.08, 0.5, first=4, last=9, vertical=True)
    [text] = whole_texts(screen)
    assert edges(text) == (0.05, 0.1, 0.08, 0.5)
    assert text.vertical
    assert 0.025 < text.line_height < 0.04, "the width of a column"


def test_short_lines_are_not_a_column() -> None:
    screen = Screen(20)
    screen.add(0.47, 0.78, 0.53, 0.83, first=4, last=9)
    screen.add(0.47, 0.86, 0.53, 0.91, first=4, last=9)
    texts = whole_texts(screen)
    assert len(texts) == 2
    assert not any(text.vertical for text in texts)

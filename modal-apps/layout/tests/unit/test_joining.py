"""The pieces of one caption become one text."""

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


def test_two_speakers_at_once_stay_two_texts() -> None:
    screen = Screen(20)
    screen.add(0.05, 0.86, 0.35, 0.9, first=4, last=9)
    screen.add(0.62, 0.86, 0.95, 0.9, first=4, last=9)
    assert len(whole_texts(screen)) == 2


def test_a_logo_in_the_row_of_the_captions_stays_apart() -> None:
    screen = Screen(20)
    screen.add(0.8, 0.86, 0.9, 0.9, first=0, last=19)
    screen.add(0.3, 0.86, 0.75, 0.9, first=4, last=9)
    assert len(whole_texts(screen)) == 2


def test_captions_that_follow_each_other_stay_apart() -> None:
    screen = Screen(20)
    screen.add(0.3, 0.86, 0.5, 0.9, first=2, last=6)
    screen.add(0.3, 0.86, 0.7, 0.9, first=7, last=12)
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

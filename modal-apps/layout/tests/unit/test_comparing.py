"""Strokes of two pieces of text, compared where they stand."""

import pytest
from captionacc_layout.finding.comparing import common_share, stands_elsewhere
from captionacc_testkit.seen_text import Screen


def test_a_text_has_all_strokes_in_common_with_itself_and_few_with_another() -> None:
    drawn = Screen(10)
    strokes = drawn.add(0.3, 0.8, 0.6, 0.86, first=0, last=1)
    drawn.add(0.3, 0.8, 0.6, 0.86, first=2, last=3, strokes=strokes)
    drawn.add(0.3, 0.8, 0.6, 0.86, first=4, last=5)
    drawn.add(0.3, 0.1, 0.6, 0.16, first=6, last=7)
    first, same, other, far = drawn.texts
    assert common_share(first, same) == pytest.approx(1)
    assert common_share(first, other) < 0.4
    assert common_share(first, far) == 0


def test_only_the_same_picture_at_another_position_stands_elsewhere() -> None:
    drawn = Screen(10)
    strokes = drawn.add(0.3, 0.8, 0.6, 0.86, first=0, last=1)
    drawn.add(0.32, 0.81, 0.62, 0.87, first=2, last=3, strokes=strokes)
    drawn.add(0.3, 0.8, 0.6, 0.86, first=2, last=3, strokes=strokes)
    drawn.add(0.32, 0.8, 0.62, 0.86, first=2, last=3)
    text, moved, unmoved, different = drawn.texts
    assert stands_elsewhere(text, moved)
    assert not stands_elsewhere(text, unmoved)
    assert not stands_elsewhere(text, different)
    assert not stands_elsewhere(text, text)

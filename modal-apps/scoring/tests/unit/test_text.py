import pytest
from captionacc_scoring.text import (
    TimedText,
    character_error_rate,
    edit_distance,
    end_to_end_character_error_rate,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("read", "true", "edits", "characters"),
    [
        ("你好", "你 好", 0, 2),
        ("ABC", "ABC", 0, 3),
        ("abc", "Abc", 1, 3),
        ("", "four", 4, 4),
        ("kitten", "sitting", 3, 7),
    ],
)
def test_text_is_compared_without_white_space_or_width(
    read: str, true: str, edits: int, characters: int
) -> None:
    score = character_error_rate([(read, true)])
    assert (score.edits, score.characters) == (edits, characters)


@given(st.text("ab", max_size=6), st.text("ab", max_size=6), st.text("ab", max_size=6))
def test_edit_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert edit_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


def test_missed_and_extra_captions_cost_their_text_end_to_end() -> None:
    truth = [
        TimedText(start_frame=0, end_frame=10, text="one"),
        TimedText(start_frame=10, end_frame=20, text="three"),
    ]
    found = [
        TimedText(start_frame=1, end_frame=10, text="one"),
        TimedText(start_frame=40, end_frame=50, text="xy"),
    ]
    score = end_to_end_character_error_rate(found, truth)
    assert (score.edits, score.characters) == (5 + 2, 8)
    assert end_to_end_character_error_rate(truth, truth).rate == 0.0

import pytest
from captionacc_scoring.scoring import (
    TimedText,
    character_error_rate,
    edit_distance,
    end_to_end_character_error_rate,
    match_extents,
    score_extents,
)
from hypothesis import given
from hypothesis import strategies as st

spans = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 5)).map(lambda p: (p[0], p[0] + p[1])), max_size=7
)


def test_both_ends_must_lie_within_the_tolerance() -> None:
    assert score_extents([(10, 20)], [(11, 19)], 1).f1 == 1.0
    assert score_extents([(10, 20)], [(12, 20)], 1).f1 == 0.0
    assert score_extents([(10, 20)], [(11, 20)], 0).f1 == 0.0


def test_one_true_caption_answers_for_one_prediction_only() -> None:
    score = score_extents([(10, 20), (10, 21)], [(10, 20)], 1)
    assert (score.precision, score.recall) == (0.5, 1.0)


def test_a_greedy_choice_is_undone_when_it_costs_a_match() -> None:
    assert score_extents([(1, 5), (0, 5)], [(1, 5), (2, 5)], 1).matched == 2


def test_nothing_against_nothing_is_right() -> None:
    assert score_extents([], []).f1 == 1.0
    assert score_extents([], [(0, 3)]).f1 == 0.0


def largest_matching(
    predicted: list[tuple[int, int]], truth: list[tuple[int, int]], tolerance: int
) -> int:
    if not predicted:
        return 0
    first, rest = predicted[0], predicted[1:]
    best = largest_matching(rest, truth, tolerance)
    for j, true in enumerate(truth):
        if abs(first[0] - true[0]) <= tolerance and abs(first[1] - true[1]) <= tolerance:
            left = truth[:j] + truth[j + 1 :]
            best = max(best, 1 + largest_matching(rest, left, tolerance))
    return best


@given(spans.filter(lambda s: len(s) < 6), spans, st.integers(0, 2))
def test_the_matching_is_a_largest_one(
    predicted: list[tuple[int, int]], truth: list[tuple[int, int]], tolerance: int
) -> None:
    pairs = match_extents(predicted, truth, tolerance)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert all(
        max(abs(predicted[i][0] - truth[j][0]), abs(predicted[i][1] - truth[j][1])) <= tolerance
        for i, j in pairs
    )
    assert len(pairs) == largest_matching(predicted, truth, tolerance)


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

from captionacc_scoring.extents import match_extents, score_extents
from hypothesis import given
from hypothesis import strategies as st

spans = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 5)).map(lambda p: (p[0], p[0] + p[1])), max_size=7
)


def test_both_ends_must_lie_within_the_tolerance() -> None:
    assert score_extents([(10, 20)], [(11, 19)], 1).f1 == 1.0
    assert score_extents([(10, 20)], [(12, 20)], 1).f1 == 0.0
    assert score_extents([(10, 20)], [(11, 20)], 0).f1 == 0.0


def test_a_true_caption_matches_one_prediction_only() -> None:
    score = score_extents([(10, 20), (10, 21)], [(10, 20)], 1)
    assert (score.matched, score.predicted, score.truth) == (1, 2, 1)


def test_the_matching_is_not_greedy() -> None:
    assert score_extents([(1, 5), (0, 5)], [(1, 5), (2, 5)], 1).matched == 2


def test_nothing_predicted_is_right_when_nothing_is_true() -> None:
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
def test_the_matching_has_as_many_pairs_as_possible(
    predicted: list[tuple[int, int]], truth: list[tuple[int, int]], tolerance: int
) -> None:
    pairs = match_extents(predicted, truth, tolerance)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert all(
        max(abs(predicted[i][0] - truth[j][0]), abs(predicted[i][1] - truth[j][1])) <= tolerance
        for i, j in pairs
    )
    assert len(pairs) == largest_matching(predicted, truth, tolerance)

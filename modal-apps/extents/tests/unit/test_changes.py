from collections.abc import Callable

import pytest
from captionacc_extents.decoding.passes.merge import merge
from captionacc_extents.decoding.passes.rejoin import rejoin
from captionacc_extents.decoding.passes.split import split
from captionacc_extents.reading.scores import FrameScores

Scores = Callable[[int], FrameScores]
EndsAfter = Callable[..., list[tuple[int, int]]]


def place_texts(scores: FrameScores, at: int) -> None:
    """A long text before a frame, and a short one from there on."""
    scores.text[:] = 0
    scores.text[:at, 3, 10:50] = 250
    scores.text[at:, 3, 25:35] = 250


def test_touching_captions_with_similar_means_are_joined(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(30)
    scores.near[10] = scores.far[10] = -3
    joined = ends_after(merge, [(0, 10), (10, 20), (22, 30)], scores)
    assert joined == [(0, 20), (22, 30)]


def test_captions_with_different_or_unknown_means_stay_apart(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(20)
    pair = [(0, 10), (10, 20)]
    assert ends_after(merge, pair, scores) == pair
    scores.near[10] = scores.far[10] = 4
    assert ends_after(merge, pair, scores) == pair


@pytest.mark.parametrize("start", [0, 8])
def test_captions_whose_texts_are_in_other_places_stay_apart_also_if_they_are_short(
    plain_scores: Scores, ends_after: EndsAfter, start: int
) -> None:
    scores = plain_scores(20)
    scores.near[10] = scores.far[10] = 0
    place_texts(scores, 10)
    pair = [(start, 10), (10, 20 - start)]
    assert ends_after(merge, pair, scores) == pair
    scores.text[:] = 0
    assert ends_after(merge, pair, scores) == [(start, 20 - start)]


def test_something_that_passes_behind_a_text_does_not_cut_its_caption(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(60)
    scores.far[32] = -3
    parts = [(0, 30), (30, 34), (34, 60)]
    assert ends_after(rejoin, parts, scores) == [(0, 60)]
    scores.far[32] = 5
    assert ends_after(rejoin, parts, scores) == parts
    scores.far[32] = 0
    place_texts(scores, 32)
    assert ends_after(rejoin, parts, scores) == parts


def test_the_same_word_before_and_after_a_word_of_its_length_is_two_captions(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(60)
    scores.far[:] = -3
    words = [(20, 25), (25, 29), (29, 34)]
    assert ends_after(rejoin, words, scores) == words


def test_long_captions_and_captions_beside_a_gap_are_not_rejoined(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(60)
    scores.far[:] = -3
    for parts in (
        [(0, 30), (30, 37), (37, 60)],
        [(0, 30), (31, 34), (34, 60)],
        [(0, 30), (30, 34)],
    ):
        assert ends_after(rejoin, parts, scores) == parts


def test_a_slow_change_splits_a_caption_where_it_is_clearest(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(40)
    scores.far[18:23] = 10
    scores.near[18:23] = [2, 4, 7, 4, 2]
    parts = ends_after(split, [(0, 40)], scores)
    assert parts == [(0, 20), (20, 40)]


def test_a_passing_change_splits_a_caption_only_if_the_place_of_its_text_changes(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(40)
    scores.far[20] = scores.near[20] = 4
    assert ends_after(split, [(0, 40)], scores) == [(0, 40)]
    place_texts(scores, 20)
    assert ends_after(split, [(0, 40)], scores) == [(0, 20), (20, 40)]


def test_a_caption_is_split_at_each_of_its_changes(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(60)
    scores.far[:] = scores.near[:] = 7
    scores.far[20], scores.far[41] = 12, 9
    parts = ends_after(split, [(0, 60)], scores)
    assert parts == [(0, 20), (20, 41), (41, 60)]


def test_a_peak_near_an_end_is_the_end_itself(plain_scores: Scores, ends_after: EndsAfter) -> None:
    scores = plain_scores(40)
    scores.far[0:7] = scores.near[0:7] = 10
    assert ends_after(split, [(0, 40)], scores) == [(0, 40)]


def test_motion_beside_a_text_does_not_split_its_caption(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(40)
    scores.near[:] = scores.far[:] = 0.5
    place_texts(scores, 20)
    assert ends_after(split, [(0, 40)], scores) == [(0, 40)]

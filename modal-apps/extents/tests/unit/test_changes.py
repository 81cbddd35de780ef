from collections.abc import Callable

from captionacc_extents.decoding.found import Found
from captionacc_extents.decoding.passes.merge import merge
from captionacc_extents.decoding.passes.rejoin import rejoin
from captionacc_extents.decoding.passes.split import split
from captionacc_extents.network.weights import shipped_rules
from captionacc_extents.reading.scores import FrameScores

RULES = shipped_rules()

Scores = Callable[[int], FrameScores]
Caption = Callable[[int, int], Found]


def ends(found: list[Found]) -> list[tuple[int, int]]:
    return [(item.start, item.end) for item in found]


def place_texts(scores: FrameScores, at: int) -> None:
    """A long text before a frame, and a short one from there on."""
    scores.text[:] = 0
    scores.text[:at, 3, 10:50] = 250
    scores.text[at:, 3, 25:35] = 250


def test_touching_captions_with_like_means_are_one(plain_scores: Scores, caption: Caption) -> None:
    scores = plain_scores(30)
    scores.near[10] = scores.far[10] = -3
    joined = merge([caption(0, 10), caption(10, 20), caption(22, 30)], scores, RULES)
    assert ends(joined) == [(0, 20), (22, 30)]


def test_unlike_or_unknown_means_stay_apart(plain_scores: Scores, caption: Caption) -> None:
    scores = plain_scores(20)
    pair = [caption(0, 10), caption(10, 20)]
    assert merge(pair, scores, RULES) == pair
    scores.near[10] = scores.far[10] = 4
    assert merge(pair, scores, RULES) == pair


def test_texts_in_other_places_stay_apart(plain_scores: Scores, caption: Caption) -> None:
    scores = plain_scores(20)
    scores.near[10] = scores.far[10] = 0
    place_texts(scores, 10)
    pair = [caption(0, 10), caption(10, 20)]
    assert merge(pair, scores, RULES) == pair


def test_captions_of_few_frames_are_compared_by_those(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(20)
    scores.near[10] = scores.far[10] = 0
    place_texts(scores, 10)
    pair = [caption(8, 10), caption(10, 12)]
    assert merge(pair, scores, RULES) == pair
    scores.text[:] = 0
    assert ends(merge(pair, scores, RULES)) == [(8, 12)]


def test_what_passes_behind_a_text_for_a_few_frames_does_not_part_it(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(60)
    scores.far[32] = -3
    parts = [caption(0, 30), caption(30, 34), caption(34, 60)]
    assert ends(rejoin(parts, scores, RULES)) == [(0, 60)]
    scores.far[32] = 5
    assert rejoin(parts, scores, RULES) == parts
    scores.far[32] = 0
    place_texts(scores, 32)
    assert rejoin(parts, scores, RULES) == parts


def test_a_caption_of_some_length_or_beside_a_gap_is_no_passing_change(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(60)
    scores.far[:] = -3
    for parts in (
        [caption(0, 30), caption(30, 37), caption(37, 60)],
        [caption(0, 30), caption(31, 34), caption(34, 60)],
        [caption(0, 30), caption(30, 34)],
    ):
        assert rejoin(parts, scores, RULES) == parts


def test_a_slow_change_parts_a_caption_where_it_is_clearest(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(40)
    scores.far[18:23] = 10
    scores.near[18:23] = [2, 4, 7, 4, 2]
    parts = split([caption(0, 40)], scores, RULES)
    assert ends(parts) == [(0, 20), (20, 40)]


def test_a_passing_change_parts_a_caption_only_with_the_place_of_its_text(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(40)
    scores.far[20] = scores.near[20] = 4
    assert ends(split([caption(0, 40)], scores, RULES)) == [(0, 40)]
    place_texts(scores, 20)
    assert ends(split([caption(0, 40)], scores, RULES)) == [(0, 20), (20, 40)]


def test_a_caption_is_parted_at_each_of_its_changes(plain_scores: Scores, caption: Caption) -> None:
    scores = plain_scores(60)
    scores.far[:] = scores.near[:] = 7
    scores.far[20], scores.far[41] = 12, 9
    parts = split([caption(0, 60)], scores, RULES)
    assert ends(parts) == [(0, 20), (20, 41), (41, 60)]


def test_a_peak_near_an_end_is_the_end_itself(plain_scores: Scores, caption: Caption) -> None:
    scores = plain_scores(40)
    scores.far[0:7] = scores.near[0:7] = 10
    assert ends(split([caption(0, 40)], scores, RULES)) == [(0, 40)]


def test_what_moves_beside_a_text_that_stays_does_not_part_it(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(40)
    scores.near[:] = scores.far[:] = 0.5
    place_texts(scores, 20)
    assert ends(split([caption(0, 40)], scores, RULES)) == [(0, 40)]

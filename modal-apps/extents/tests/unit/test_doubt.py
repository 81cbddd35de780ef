from collections.abc import Callable

from captionacc_extents.decoding.passes.doubt import doubt
from captionacc_extents.network.weights import shipped_rules
from captionacc_extents.reading.scores import FrameScores

RULES = shipped_rules()

Scores = Callable[[int], FrameScores]
EndsAfter = Callable[..., list[tuple[int, int]]]


def test_captions_that_look_little_like_text_are_dropped(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(40)
    scores.presence[10:14] = 1
    three = [(0, 10), (10, 14), (20, 30)]
    rules = RULES.with_decoding(least_presence=2, faint_share=0.25)
    assert ends_after(doubt, three, scores, rules) == [(0, 10), (20, 30)]


def test_a_faint_caption_that_comes_and_goes_at_once_stays(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(40)
    scores.presence[10:40] = -3
    scores.presence[20:30] = 1
    scores.presence[35:40] = 1
    found = [(0, 10), (20, 30), (35, 40)]
    rules = RULES.with_decoding(least_presence=2, least_step=3, faint_share=1)
    assert ends_after(doubt, found, scores, rules) == found
    scores.presence[18:20] = 0
    assert ends_after(doubt, found, scores, rules) == [(0, 10), (35, 40)]
    scores.presence[40 - 5 - 1] = 0.5
    assert ends_after(doubt, found, scores, rules) == [(0, 10)]


def test_faint_captions_stay_where_the_video_is_full_of_them(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(30)
    scores.presence[:] = 1
    rules = RULES.with_decoding(least_presence=2, faint_share=0.5)
    few, many = [(0, 10)], [(0, 10), (12, 28)]
    assert ends_after(doubt, few, scores, rules) == []
    assert ends_after(doubt, many, scores, rules) == many


def test_a_faint_caption_that_clearly_follows_another_stays(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(40)
    scores.presence[10:20] = 1
    scores.presence[20:] = -3
    found = [(0, 10), (10, 20)]
    rules = RULES.with_decoding(least_presence=2, least_step=3, faint_share=1)
    assert ends_after(doubt, found, scores, rules) == [(0, 10)]
    scores.different[0, 10] = 5
    assert ends_after(doubt, found, scores, rules) == [(0, 10)]
    scores.presence[:10] = 5
    assert ends_after(doubt, found, scores, rules) == found


def test_brief_faint_captions_are_dropped_even_if_they_are_sudden(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(40)
    scores.presence[:] = -3
    scores.presence[10:13] = scores.presence[20:24] = 2
    rules = RULES.with_decoding(faint_share=1)
    found = [(10, 13), (20, 24)]
    assert ends_after(doubt, found, scores, rules) == [(20, 24)]


def test_a_few_faint_frames_beside_a_caption_are_not_a_caption(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(40)
    scores.presence[10:] = -3
    scores.presence[10:16] = 2
    scores.different[0, 10] = 5
    rules = RULES.with_decoding(faint_share=1)
    assert ends_after(doubt, [(0, 10), (10, 16)], scores, rules) == [(0, 10)]

from collections.abc import Callable

from captionacc_extents.decoding.found import Found
from captionacc_extents.decoding.passes.doubt import doubt
from captionacc_extents.network.weights import shipped_rules
from captionacc_extents.reading.scores import FrameScores

RULES = shipped_rules()

Scores = Callable[[int], FrameScores]
Caption = Callable[[int, int], Found]


def ends(found: list[Found]) -> list[tuple[int, int]]:
    return [(item.start, item.end) for item in found]


def test_what_never_looks_much_like_a_caption_is_left_out(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(40)
    scores.presence[10:14] = 1
    three = [caption(0, 10), caption(10, 14), caption(20, 30)]
    rules = RULES.with_decoding(least_presence=2, faint_share=0.25)
    assert ends(doubt(three, scores, rules)) == [(0, 10), (20, 30)]


def test_a_faint_caption_that_comes_and_goes_at_once_stays(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(40)
    scores.presence[10:40] = -3
    scores.presence[20:30] = 1
    scores.presence[35:40] = 1
    found = [caption(0, 10), caption(20, 30), caption(35, 40)]
    rules = RULES.with_decoding(least_presence=2, least_step=3, faint_share=1)
    assert doubt(found, scores, rules) == found
    scores.presence[18:20] = 0
    assert ends(doubt(found, scores, rules)) == [(0, 10), (35, 40)]
    scores.presence[40 - 5 - 1] = 0.5
    assert ends(doubt(found, scores, rules)) == [(0, 10)]


def test_faint_captions_stay_where_the_video_is_full_of_them(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(30)
    scores.presence[:] = 1
    rules = RULES.with_decoding(least_presence=2, faint_share=0.5)
    few, many = [caption(0, 10)], [caption(0, 10), caption(12, 28)]
    assert doubt(few, scores, rules) == []
    assert doubt(many, scores, rules) == many


def test_a_faint_caption_that_clearly_follows_another_stays(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(40)
    scores.presence[10:20] = 1
    scores.presence[20:] = -3
    found = [caption(0, 10), caption(10, 20)]
    rules = RULES.with_decoding(least_presence=2, least_step=3, faint_share=1)
    assert ends(doubt(found, scores, rules)) == [(0, 10)]
    scores.different[0, 10] = 5
    assert ends(doubt(found, scores, rules)) == [(0, 10)]
    scores.presence[:10] = 5
    assert doubt(found, scores, rules) == found


def test_what_is_brief_and_faint_is_left_out_however_sudden(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(40)
    scores.presence[:] = -3
    scores.presence[10:13] = scores.presence[20:24] = 2
    rules = RULES.with_decoding(faint_share=1)
    found = [caption(10, 13), caption(20, 24)]
    assert ends(doubt(found, scores, rules)) == [(20, 24)]


def test_a_few_faint_frames_beside_a_caption_are_not_one(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(40)
    scores.presence[10:] = -3
    scores.presence[10:16] = 2
    scores.different[0, 10] = 5
    rules = RULES.with_decoding(faint_share=1)
    assert ends(doubt([caption(0, 10), caption(10, 16)], scores, rules)) == [(0, 10)]

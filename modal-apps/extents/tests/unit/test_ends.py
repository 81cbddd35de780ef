from collections.abc import Callable
from dataclasses import replace

import numpy as np
from captionacc_extents.decoding.found import Found
from captionacc_extents.decoding.passes.sharpen import sharpen
from captionacc_extents.decoding.passes.trim import trim
from captionacc_extents.network.weights import shipped_rules
from captionacc_extents.reading.scores import FrameScores

RULES = shipped_rules()

Scores = Callable[[int], FrameScores]
Caption = Callable[[int, int], Found]


def ends(found: list[Found]) -> list[tuple[int, int]]:
    return [(item.start, item.end) for item in found]


def test_faint_frames_beside_a_blank_are_cut_off(plain_scores: Scores, caption: Caption) -> None:
    scores = plain_scores(30)
    scores.text[10:12] = 100
    scores.text[19] = 100
    assert ends(trim([caption(10, 20)], scores, RULES)) == [(12, 19)]


def test_ends_at_other_captions_stay(plain_scores: Scores, caption: Caption) -> None:
    scores = plain_scores(20)
    scores.text[9:11] = 100
    found = [caption(0, 10), caption(10, 20)]
    assert trim(found, scores, RULES) == found


def test_a_fade_that_the_video_cuts_off_is_trimmed(plain_scores: Scores, caption: Caption) -> None:
    scores = plain_scores(20)
    scores.text[0:2] = 100
    scores.text[19] = 100
    assert ends(trim([caption(0, 20)], scores, RULES)) == [(2, 19)]


def test_trimming_leaves_two_frames(plain_scores: Scores, caption: Caption) -> None:
    scores = replace(plain_scores(10), text=np.zeros((10, 8, 64), np.uint8))
    scores.text[4] = 255
    scores.text[5] = 255
    scores.text[3] = 90
    assert ends(trim([caption(3, 6)], scores, RULES)) == [(4, 6)]


def blend_around(scores: FrameScores, crossing: int) -> None:
    """A change over several frames, whose frame `crossing` is the first beyond the half."""
    share = np.clip((np.arange(len(scores) + 6) - 3 - crossing) / 3 + 0.55, 0, 1)
    for k in range(crossing - 3, crossing + 4):
        scores.blend[k] = share[k : k + 7]


def test_ends_go_inwards_to_where_the_picture_has_gone_half_its_way(
    plain_scores: Scores, caption: Caption
) -> None:
    for found in (caption(10, 43), caption(11, 42), caption(12, 41)):
        scores = plain_scores(60)
        blend_around(scores, 12)
        blend_around(scores, 41)
        assert ends(sharpen([found], scores, RULES)) == [(12, 41)]


def test_what_moves_before_or_after_a_caption_does_not_widen_it(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(60)
    blend_around(scores, 12)
    blend_around(scores, 41)
    assert ends(sharpen([caption(13, 39)], scores, RULES)) == [(13, 39)]


def test_touching_captions_share_the_moved_boundary(plain_scores: Scores, caption: Caption) -> None:
    scores = plain_scores(60)
    blend_around(scores, 32)
    found = [caption(10, 30), caption(30, 50)]
    assert ends(sharpen(found, scores, RULES)) == [(10, 32), (32, 50)]


def test_a_change_between_two_frames_is_left_where_the_network_saw_it(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(60)
    blend_around(scores, 32)
    scores.different[0, 30] = 6
    found = [caption(10, 30), caption(30, 50)]
    assert sharpen(found, scores, RULES) == found


def test_boundaries_near_others_or_without_a_clear_way_stay(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(60)
    blend_around(scores, 31)
    near = [caption(10, 30), caption(30, 34)]
    assert sharpen(near, scores, RULES) == near
    scores.blend[30] = 0.5
    unclear = [caption(10, 30), caption(30, 50)]
    assert sharpen(unclear, scores, RULES) == unclear


def test_a_cut_near_a_caption_s_end_is_not_its_end(plain_scores: Scores, caption: Caption) -> None:
    scores = plain_scores(60)
    scores.blend[30] = [0, 1, 1, 1, 1, 1, 1]
    assert ends(sharpen([caption(10, 30)], scores, RULES)) == [(10, 30)]
    scores.blend[30] = [0, 0, 1, 1, 1, 1, 1]
    assert ends(sharpen([caption(10, 30)], scores, RULES)) == [(10, 29)]


def test_a_boundary_where_the_picture_goes_half_its_way_at_once_stays(
    plain_scores: Scores, caption: Caption
) -> None:
    scores = plain_scores(60)
    scores.blend[30] = [0, 0.5, 0.5, 1, 1, 1, 1]
    assert ends(sharpen([caption(10, 30)], scores, RULES)) == [(10, 30)]
    scores.blend[30] = [0, 0.5, 0.7, 0.9, 1, 1, 1]
    assert ends(sharpen([caption(10, 30)], scores, RULES)) == [(10, 29)]

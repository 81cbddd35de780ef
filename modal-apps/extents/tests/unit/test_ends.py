from collections.abc import Callable
from dataclasses import replace

import numpy as np
from captionacc_extents.decoding.passes.sharpen import sharpen
from captionacc_extents.decoding.passes.trim import trim
from captionacc_extents.reading.scores import FrameScores

Scores = Callable[[int], FrameScores]
EndsAfter = Callable[..., list[tuple[int, int]]]


def test_faint_frames_beside_a_gap_are_removed(plain_scores: Scores, ends_after: EndsAfter) -> None:
    scores = plain_scores(30)
    scores.text[10:12] = 100
    scores.text[19] = 100
    assert ends_after(trim, [(10, 20)], scores) == [(12, 19)]


def test_ends_at_other_captions_stay(plain_scores: Scores, ends_after: EndsAfter) -> None:
    scores = plain_scores(20)
    scores.text[9:11] = 100
    found = [(0, 10), (10, 20)]
    assert ends_after(trim, found, scores) == found


def test_a_fade_that_the_video_cuts_off_is_trimmed(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(20)
    scores.text[0:2] = 100
    scores.text[19] = 100
    assert ends_after(trim, [(0, 20)], scores) == [(2, 19)]


def test_trimming_leaves_two_frames(plain_scores: Scores, ends_after: EndsAfter) -> None:
    scores = replace(plain_scores(10), text=np.zeros((10, 8, 64), np.uint8))
    scores.text[4] = 255
    scores.text[5] = 255
    scores.text[3] = 90
    assert ends_after(trim, [(3, 6)], scores) == [(4, 6)]


def blend_around(scores: FrameScores, crossing: int) -> None:
    """A change over several frames, in which `crossing` is the first frame beyond the half."""
    share = np.clip((np.arange(len(scores) + 6) - 3 - crossing) / 3 + 0.55, 0, 1)
    for k in range(crossing - 3, crossing + 4):
        scores.blend[k] = share[k : k + 7]


def test_ends_move_inwards_to_the_middle_of_a_fade(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    for found in ((10, 43), (11, 42), (12, 41)):
        scores = plain_scores(60)
        blend_around(scores, 12)
        blend_around(scores, 41)
        assert ends_after(sharpen, [found], scores) == [(12, 41)]


def test_motion_before_or_after_a_caption_does_not_widen_it(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(60)
    blend_around(scores, 12)
    blend_around(scores, 41)
    assert ends_after(sharpen, [(13, 39)], scores) == [(13, 39)]


def test_touching_captions_share_the_moved_boundary(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(60)
    blend_around(scores, 32)
    found = [(10, 30), (30, 50)]
    assert ends_after(sharpen, found, scores) == [(10, 32), (32, 50)]


def test_a_change_between_two_frames_stays_where_the_network_saw_it(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(60)
    blend_around(scores, 32)
    scores.different[0, 30] = 6
    found = [(10, 30), (30, 50)]
    assert ends_after(sharpen, found, scores) == found


def test_boundaries_near_others_or_without_a_clear_way_stay(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(60)
    blend_around(scores, 31)
    near = [(10, 30), (30, 34)]
    assert ends_after(sharpen, near, scores) == near
    scores.blend[30] = 0.5
    unclear = [(10, 30), (30, 50)]
    assert ends_after(sharpen, unclear, scores) == unclear


def test_a_shot_cut_near_the_end_of_a_caption_is_not_its_end(
    plain_scores: Scores, ends_after: EndsAfter
) -> None:
    scores = plain_scores(60)
    scores.blend[30] = [0, 1, 1, 1, 1, 1, 1]
    assert ends_after(sharpen, [(10, 30)], scores) == [(10, 30)]
    scores.blend[30] = [0, 0, 1, 1, 1, 1, 1]
    assert ends_after(sharpen, [(10, 30)], scores) == [(10, 29)]


def test_a_boundary_with_a_large_step_stays(plain_scores: Scores, ends_after: EndsAfter) -> None:
    scores = plain_scores(60)
    scores.blend[30] = [0, 0.5, 0.5, 1, 1, 1, 1]
    assert ends_after(sharpen, [(10, 30)], scores) == [(10, 30)]
    scores.blend[30] = [0, 0.5, 0.7, 0.9, 1, 1, 1]
    assert ends_after(sharpen, [(10, 30)], scores) == [(10, 29)]

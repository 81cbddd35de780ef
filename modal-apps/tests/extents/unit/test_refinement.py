from dataclasses import replace

import numpy as np
from captionacc_media.extents.refinement import Found, doubted, merge, sharpen, split, trim
from captionacc_media.extents.scores import FrameScores
from captionacc_media.extents.sequence import Decoding


def plain_scores(count: int) -> FrameScores:
    nothing = np.full(count, np.nan, np.float32)
    return FrameScores(
        presence=np.full(count, 6, np.float32),
        different=np.full((4, count), np.nan, np.float32),
        near=nothing,
        far=nothing.copy(),
        cut=np.zeros(count, np.float32),
        text=np.full((count, 8, 64), 255, np.uint8),
        blend=np.full((count, 7), np.nan, np.float16),
    )


def caption(start: int, end: int) -> Found:
    return Found(start=start, end=end, start_probability=0.9, end_probability=0.8)


def ends(found: list[Found]) -> list[tuple[int, int]]:
    return [(item.start, item.end) for item in found]


def test_touching_captions_with_like_means_are_one() -> None:
    scores = plain_scores(30)
    scores.near[10] = -3
    joined = merge([caption(0, 10), caption(10, 20), caption(22, 30)], scores, Decoding())
    assert ends(joined) == [(0, 20), (22, 30)]


def test_unlike_or_unknown_means_stay_apart() -> None:
    scores = plain_scores(20)
    pair = [caption(0, 10), caption(10, 20)]
    assert merge(pair, scores, Decoding()) == pair
    scores.near[10] = 4
    assert merge(pair, scores, Decoding()) == pair


def test_what_never_looks_much_like_a_caption_is_left_out() -> None:
    scores = plain_scores(40)
    scores.presence[10:14] = 1
    three = [caption(0, 10), caption(10, 14), caption(20, 30)]
    decoding = Decoding(least_presence=2, faint_share=0.25)
    assert ends(doubted(three, scores, decoding)) == [(0, 10), (20, 30)]


def test_a_faint_caption_that_comes_and_goes_at_once_stays() -> None:
    scores = plain_scores(40)
    scores.presence[10:40] = -3
    scores.presence[20:30] = 1
    scores.presence[35:40] = 1
    found = [caption(0, 10), caption(20, 30), caption(35, 40)]
    decoding = Decoding(least_presence=2, least_step=3, faint_share=1)
    assert doubted(found, scores, decoding) == found
    scores.presence[18:20] = 0
    assert ends(doubted(found, scores, decoding)) == [(0, 10), (35, 40)]
    scores.presence[40 - 5 - 1] = 0.5
    assert ends(doubted(found, scores, decoding)) == [(0, 10)]


def test_faint_captions_stay_where_the_video_is_full_of_them() -> None:
    scores = plain_scores(30)
    scores.presence[:] = 1
    decoding = Decoding(least_presence=2, faint_share=0.5)
    few, many = [caption(0, 10)], [caption(0, 10), caption(12, 28)]
    assert doubted(few, scores, decoding) == []
    assert doubted(many, scores, decoding) == many


def test_a_slow_change_parts_a_caption_in_the_middle_of_its_peak() -> None:
    scores = plain_scores(40)
    scores.far[18:23] = 5
    parts = split([caption(0, 40)], scores, Decoding(split_above=3))
    assert ends(parts) == [(0, 20), (20, 40)]


def test_a_peak_near_an_end_is_the_end_itself() -> None:
    scores = plain_scores(40)
    scores.far[0:7] = 5
    assert ends(split([caption(0, 40)], scores, Decoding(split_above=3))) == [(0, 40)]


def test_faint_frames_beside_a_blank_are_cut_off() -> None:
    scores = plain_scores(30)
    scores.text[10:12] = 100
    scores.text[19] = 100
    assert ends(trim([caption(10, 20)], scores, Decoding())) == [(12, 19)]


def test_ends_at_the_video_s_ends_or_at_other_captions_stay() -> None:
    scores = plain_scores(20)
    scores.text[0:2] = 100
    scores.text[9:11] = 100
    found = [caption(0, 10), caption(10, 20)]
    assert trim(found, scores, Decoding()) == found


def test_trimming_leaves_two_frames() -> None:
    scores = replace(plain_scores(10), text=np.zeros((10, 8, 64), np.uint8))
    scores.text[4] = 255
    scores.text[5] = 255
    scores.text[3] = 90
    assert ends(trim([caption(3, 6)], scores, Decoding())) == [(4, 6)]


def blend_around(scores: FrameScores, crossing: int) -> None:
    """A change over several frames, whose frame `crossing` is the first beyond the half."""
    share = np.clip((np.arange(len(scores) + 6) - 3 - crossing) / 3 + 0.55, 0, 1)
    for k in range(crossing - 3, crossing + 4):
        scores.blend[k] = share[k : k + 7]


def test_ends_go_where_the_picture_has_gone_half_its_way() -> None:
    for found in (caption(10, 40), caption(12, 42), caption(13, 39)):
        scores = plain_scores(60)
        blend_around(scores, 12)
        blend_around(scores, 41)
        assert ends(sharpen([found], scores, Decoding())) == [(12, 41)]


def test_touching_captions_share_the_moved_boundary() -> None:
    scores = plain_scores(60)
    blend_around(scores, 32)
    found = [caption(10, 30), caption(30, 50)]
    assert ends(sharpen(found, scores, Decoding())) == [(10, 32), (32, 50)]


def test_a_change_between_two_frames_is_left_where_the_network_saw_it() -> None:
    scores = plain_scores(60)
    blend_around(scores, 32)
    scores.different[0, 30] = 6
    found = [caption(10, 30), caption(30, 50)]
    assert sharpen(found, scores, Decoding()) == found


def test_boundaries_near_others_or_without_a_clear_way_stay() -> None:
    scores = plain_scores(60)
    blend_around(scores, 31)
    near = [caption(10, 30), caption(30, 34)]
    assert sharpen(near, scores, Decoding()) == near
    scores.blend[30] = 0.5
    unclear = [caption(10, 30), caption(30, 50)]
    assert sharpen(unclear, scores, Decoding()) == unclear


def test_a_cut_near_a_caption_s_end_is_not_its_end() -> None:
    scores = plain_scores(60)
    scores.blend[30] = [0, 1, 1, 1, 1, 1, 1]
    assert ends(sharpen([caption(10, 30)], scores, Decoding())) == [(10, 30)]
    scores.blend[30] = [0, 0, 1, 1, 1, 1, 1]
    assert ends(sharpen([caption(10, 30)], scores, Decoding())) == [(10, 29)]

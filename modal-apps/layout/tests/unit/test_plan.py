"""When a video is looked at."""

from itertools import pairwise

from captionacc_layout.looking.plan import closer_looks, even_looks, is_whole, key_looks, looks
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(1, 100_000))
def test_looks_rise_do_not_overlap_and_lie_in_the_video(frame_count: int) -> None:
    planned = looks(frame_count)
    flat = [index for pair in planned for index in pair]
    assert flat == sorted(flat)
    assert 0 <= flat[0] <= flat[-1] < frame_count
    if frame_count > 3:
        assert len(set(flat)) == len(flat), "each picture is of one look"


def test_short_videos_are_looked_at_more_often() -> None:
    assert looks(300)[:2] == [(0, 2), (5, 7)]
    assert looks(2_000)[:2] == [(0, 2), (10, 12)]
    assert looks(60_000)[:2] == [(0, 2), (20, 22)]
    assert looks(1) == [(0, 0)]


def test_first_looks_stand_at_key_frames() -> None:
    assert key_looks(2_000, range(0, 2_000, 35))[:3] == [(0, 2), (35, 37), (70, 72)]
    assert key_looks(200, range(0, 200, 35)) == [], "too short to see enough captions"


def test_looks_are_added_between_key_frames_that_are_far_apart() -> None:
    planned = key_looks(400, [0, 100, 140])
    assert [first for first, _ in planned][:7] == [0, 25, 50, 75, 100, 120, 140]
    assert key_looks(3_000, [0, 900]) == [], "most would be decoded for the looks between"


def test_key_frames_close_to_each_other_are_not_all_looked_at() -> None:
    firsts = [first for first, _ in key_looks(20_000, range(0, 20_000, 4))]
    assert {later - first for first, later in pairwise(firsts)} == {32}


@given(st.integers(1, 30_000), st.lists(st.integers(0, 29_999), max_size=400))
def test_key_looks_rise_do_not_overlap_and_lie_in_the_video(
    frame_count: int, keys: list[int]
) -> None:
    planned = key_looks(frame_count, sorted({key % frame_count for key in keys}))
    flat = [index for pair in planned for index in pair]
    assert flat == sorted(set(flat)), "each picture is of one look"
    assert all(0 <= index < frame_count for index in flat)


def test_a_long_video_is_looked_at_in_stretches_all_over_it() -> None:
    assert len(looks(6_000)) == 300
    assert len(looks(12_000)) == 360, "ten minutes and a fifth of the other ten"
    assert len(looks(36_000)) == 600
    firsts = [first for first, _ in looks(36_000)]
    pauses = [later - first for first, later in pairwise(firsts)]
    assert max(pauses) <= 620, "hardly more than a minute is left out"
    assert pauses.count(20) > 0.85 * len(pauses), "captions are seen to come and go"


def test_a_video_without_captions_is_looked_at_again_more_closely() -> None:
    assert closer_looks(300, 60) == [], "the looks before were as close"
    assert closer_looks(3_400, 170)[:2] == [(0, 2), (5, 7)]
    assert closer_looks(3_400, len(even_looks(3_400, found_any=False))) == []


def test_a_long_video_is_looked_at_again_where_text_appeared() -> None:
    planned = closer_looks(72_000, 1_000, sighted=[40_000, 40_010, 40_300, 71_999])
    assert len(planned) <= 360, "the time for it does not grow with the length"
    firsts = {first for first, _ in planned}
    assert {40_000, 40_300} <= firsts
    assert max(firsts) > 71_900
    assert sum(first < 36_000 for first in firsts) > 60, "the rest is spread over the video"


@given(st.integers(1, 200_000), st.lists(st.integers(0, 199_999), max_size=50))
def test_closer_looks_lie_in_the_video(frame_count: int, sighted: list[int]) -> None:
    planned = closer_looks(frame_count, 1, [index % frame_count for index in sighted])
    flat = [index for pair in planned for index in pair]
    assert flat == sorted(flat)
    assert len(planned) <= 720
    assert all(index < frame_count for index in flat)
    if frame_count > 10_000:
        assert len(planned) > 290


def test_looks_at_parts_of_a_video_are_not_whole() -> None:
    assert is_whole(closer_looks(3_400, 170), 3_400)
    assert not is_whole(closer_looks(5_000, 250), 5_000)

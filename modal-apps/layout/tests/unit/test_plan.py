"""When a video is looked at."""

from captionacc_layout.looking.plan import closer_looks, looks
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


def test_a_video_without_captions_is_looked_at_again_more_closely() -> None:
    assert closer_looks(300) == [], "the first looks were as close"
    assert closer_looks(6_000)[:2] == [(0, 2), (5, 7)]
    assert closer_looks(72_000) == []

"""Which frames are stored and which are read."""

from fractions import Fraction

from captionacc_media.frames.sampling_plan import sampling_plan
from hypothesis import given
from hypothesis import strategies as st


def test_a_short_video_has_more_frames_read_than_stored() -> None:
    plan = sampling_plan(Fraction(60), 100)
    assert list(plan.kept) == [0, 100, 200, 300, 400, 500]
    assert list(plan.read) == list(range(0, 600, 50))


def test_a_long_one_has_the_same() -> None:
    plan = sampling_plan(Fraction(3600), 100)
    assert plan.kept == plan.read == range(0, 36_000, 100)


@given(st.fractions(0, 10_000), st.sampled_from([1, 2, 5, 10, 20, 50, 100, 200]))
def test_what_is_stored_is_read(end_s: Fraction, step: int) -> None:
    plan = sampling_plan(end_s, step)
    assert plan.kept == range(0, plan.frame_count, step)
    assert set(plan.kept) <= set(plan.read)
    assert plan.read.step >= min(step, 10), "no more than one a second for the layout alone"
    assert len(plan.read) >= min(12, len(range(0, plan.frame_count, max(10, plan.read.step))))

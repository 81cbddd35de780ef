"""Which frames are stored and read."""

from fractions import Fraction

from captionacc_media.frames.sampling_plan import sampling_plan
from hypothesis import given
from hypothesis import strategies as st


@given(st.fractions(0, 10_000), st.sampled_from([1, 2, 5, 10, 20, 50, 100, 200]))
def test_every_step_th_index_is_stored(end_s: Fraction, step: int) -> None:
    plan = sampling_plan(end_s, step)
    assert plan.kept == range(0, plan.frame_count, step)

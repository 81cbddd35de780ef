import pytest
from captionacc_extents.decoding.confidence import probability
from hypothesis import given
from hypothesis import strategies as st

beliefs = st.floats(0, 1)


@given(beliefs, beliefs, st.floats(0.1, 3), st.floats(-3, 3))
def test_more_belief_is_never_less_confidence(
    one: float, other: float, scale: float, offset: float
) -> None:
    low, high = sorted([one, other])
    assert 0 <= probability(low, scale, offset) <= probability(high, scale, offset) <= 1


@given(st.floats(1e-5, 1 - 1e-5))
def test_a_belief_that_needs_no_correction_stays(belief: float) -> None:
    assert probability(belief, 1, 0) == pytest.approx(belief)

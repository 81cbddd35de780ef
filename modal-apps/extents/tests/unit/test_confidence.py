from dataclasses import replace

import pytest
from captionacc_extents.decoding.confidence import probability
from captionacc_extents.network.weights import shipped_rules
from hypothesis import given
from hypothesis import strategies as st

RULES = shipped_rules().decoding

beliefs = st.floats(0, 1)


@given(beliefs, beliefs, st.floats(0.1, 3), st.floats(-3, 3))
def test_more_belief_is_never_less_confidence(
    one: float, other: float, scale: float, offset: float
) -> None:
    rules = replace(RULES, confidence_scale=scale, confidence_offset=offset)
    low, high = sorted([one, other])
    assert 0 <= probability(low, rules) <= probability(high, rules) <= 1


@given(st.floats(1e-5, 1 - 1e-5))
def test_a_belief_that_needs_no_correction_stays(belief: float) -> None:
    rules = replace(RULES, confidence_scale=1, confidence_offset=0)
    assert probability(belief, rules) == pytest.approx(belief)

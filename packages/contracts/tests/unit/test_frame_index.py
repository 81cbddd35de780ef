from fractions import Fraction

import pytest
from captionacc_contracts.frames.frame_index import (
    index_count,
    index_step,
    seconds,
    shown_until,
)
from hypothesis import given
from hypothesis import strategies as st


@given(st.fractions(min_value=Fraction(1, 1000), max_value=10_000))
def test_indices_run_while_they_lie_before_the_end(end_s: Fraction) -> None:
    count = index_count(end_s)
    assert Fraction(count - 1, 10) < end_s
    assert Fraction(count, 10) >= end_s


@pytest.mark.parametrize(
    ("end_s", "count"),
    [
        (Fraction(0), 1),
        (Fraction(-1), 1),
        (Fraction(1, 25), 1),
        (Fraction(1, 10), 1),
        (Fraction(101, 1000), 2),
        (Fraction(3), 30),
        (Fraction(3003, 1000), 31),
        (Fraction(3600), 36_000),
    ],
)
def test_index_count(end_s: Fraction, count: int) -> None:
    assert index_count(end_s) == count


@given(st.integers(0, 1_000_000))
def test_an_index_shows_what_began_by_its_time_give_or_take_a_microsecond(index: int) -> None:
    time = Fraction(index, 10)
    assert time <= shown_until(index) < time + Fraction(1, 100_000)
    assert seconds(index) == pytest.approx(float(time))


@pytest.mark.parametrize(("rate", "step"), [(10.0, 1), (5.0, 2), (1.0, 10), (0.1, 100), (0.5, 20)])
def test_index_step(rate: float, step: int) -> None:
    assert index_step(rate) == step


@pytest.mark.parametrize("rate", [3.0, 20.0, 0.3, 7.5])
def test_a_rate_that_does_not_divide_ten_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="divide 10 Hz"):
        index_step(rate)

"""The clock of a transport stream goes on where the file's clock jumps."""

from itertools import pairwise

from captionacc_media.frames.times.stream_clock import TICKS_PER_SECOND, StreamClock, nearest
from hypothesis import given
from hypothesis import strategies as st

STEP = 3600
WRAP = 1 << 33
SECOND = TICKS_PER_SECOND


def run(*times: int) -> tuple[list[int | None], bool]:
    """The continuous decoding times of packets at ``times``, and whether any was shifted."""
    clock = StreamClock(STEP)
    return [clock(time, time)[1] for time in times], clock.is_shifted


def test_a_steady_clock_is_kept() -> None:
    times = [100, 100 + STEP, 100 + 2 * STEP, 100 + 9 * SECOND]
    assert run(*times) == (times, False)


def test_a_restart_goes_on_one_step_later() -> None:
    times = (50 * SECOND, 50 * SECOND + STEP, SECOND, SECOND + STEP)
    assert run(*times) == ([50 * SECOND + number * STEP for number in range(4)], True)


def test_a_jump_is_closed_and_a_short_gap_is_kept() -> None:
    assert run(0, STEP, 2000 * SECOND)[0] == [0, STEP, 2 * STEP]
    assert run(0, STEP, 8 * SECOND)[0] == [0, STEP, 8 * SECOND]


def test_pictures_that_are_missing_while_the_sound_goes_on_leave_a_gap() -> None:
    clock = StreamClock(STEP)
    clock(0, 0)
    for second in range(60):
        clock.hear(second * SECOND)
    assert clock(60 * SECOND, 60 * SECOND) == (60 * SECOND, 60 * SECOND)
    clock.hear(500 * SECOND)
    assert clock(500 * SECOND, 500 * SECOND)[1] == 60 * SECOND + STEP


def test_a_restart_that_the_demuxer_takes_for_a_wrap_is_a_restart() -> None:
    first = 2000 * SECOND
    assert run(first, first + STEP, WRAP + SECOND)[0] == [first, first + STEP, first + 2 * STEP]


def test_packets_without_a_decoding_time_keep_the_shift_before_them() -> None:
    clock = StreamClock(STEP)
    clock(100 * SECOND, 100 * SECOND)
    clock(0, 0)
    assert clock(2 * STEP, None) == (100 * SECOND + 3 * STEP, None)
    assert clock(None, None) == (None, None)


@given(
    st.integers(0, WRAP - 1),
    st.lists(st.tuples(st.integers(0, 9 * SECOND), st.integers(0, SECOND)), max_size=40),
)
def test_a_wrap_changes_no_distance(start: int, steps: list[tuple[int, int]]) -> None:
    clock = StreamClock(STEP)
    true = start
    for moved, delay in [(0, 0), *steps]:
        true += moved
        pts, dts = clock((true + delay) % WRAP, true % WRAP)
        assert (pts, dts) == (true + delay, true)


@given(st.lists(st.integers(0, WRAP - 1), min_size=1, max_size=60))
def test_whatever_the_clock_no_gap_is_long_and_no_step_back_either(times: list[int]) -> None:
    clock = StreamClock(STEP)
    found = [clock(time, time)[1] or 0 for time in times]
    for before, after in pairwise(found):
        assert -SECOND // 10 <= after - before <= 10 * SECOND + STEP


@given(st.integers(-WRAP, WRAP))
def test_the_nearest_difference_is_at_most_half_a_wrap(difference: int) -> None:
    assert abs(nearest(difference)) <= WRAP // 2
    assert (nearest(difference) - difference) % WRAP == 0

from captionacc_media.frames.times.repaired_times import RepairedTimes
from hypothesis import given
from hypothesis import strategies as st

TIME = st.one_of(st.none(), st.integers(-1000, 1000))


def repaired(step: int, *times: tuple[int | None, int | None]) -> list[int]:
    repair = RepairedTimes(step)
    return [repair(pts, dts) for pts, dts in times]


def test_good_times_are_kept() -> None:
    times = [(0, -2), (3, -1), (90, 1), (91, 40)]
    assert repaired(10, *times) == [0, 3, 90, 91]


def test_a_stream_without_times_runs_at_its_frame_rate() -> None:
    assert repaired(40, *[(None, None)] * 4) == [0, 40, 80, 120]


def test_decoding_times_stand_in_for_missing_ones() -> None:
    assert repaired(1, (None, 5), (None, 6), (None, 7)) == [5, 6, 7]
    assert repaired(1, (10, 8), (None, 9), (None, 20), (23, 21)) == [10, 11, 22, 23]


def test_two_times_that_were_swapped_do_not_shift_what_follows() -> None:
    # What a demuxer guesses for H.264 in AVI.
    times = [(4, 5), (6, 6), (5, 7), (7, 8), (8, 9)]
    assert repaired(1, *times) == [4, 6, 6, 7, 8]


def test_a_clock_that_restarts_goes_on_where_it_was() -> None:
    times = [(900, 880), (940, 920), (0, -20), (40, 20), (80, 60)]
    assert repaired(40, *times) == [900, 940, 980, 1020, 1060]


@given(st.integers(0, 100), st.lists(st.tuples(TIME, TIME), max_size=60))
def test_times_never_run_backwards(step: int, times: list[tuple[int | None, int | None]]) -> None:
    found = repaired(step, *times)
    assert found == sorted(found)
    assert len(found) == len(times)

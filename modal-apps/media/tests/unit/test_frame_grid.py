from fractions import Fraction

from captionacc_contracts.frames.frame_index import index_count, shown_until
from captionacc_media.frames.frame_grid import on_grid
from hypothesis import given
from hypothesis import strategies as st

GAPS = st.lists(st.fractions(Fraction(1, 1000), 2, max_denominator=3000), min_size=1, max_size=60)


def pictures_of(gaps: list[Fraction]) -> list[tuple[Fraction, Fraction, int]]:
    start = Fraction(0)
    pictures = []
    for number, gap in enumerate(gaps):
        pictures.append((start, start + gap, number))
        start += gap
    return pictures


@given(GAPS)
def test_every_index_shows_the_last_picture_that_began(gaps: list[Fraction]) -> None:
    pictures = pictures_of(gaps)
    grid = list(on_grid(iter(pictures)))
    assert [index for index, _ in grid] == list(range(index_count(pictures[-1][1])))
    for index, shown in grid:
        begun = [number for start, _, number in pictures if start <= shown_until(index)]
        assert shown == begun[-1]


def test_a_long_picture_is_repeated_and_a_short_one_left_out() -> None:
    pictures = [
        (Fraction(0), Fraction(1, 10), "a"),
        (Fraction(1, 20), Fraction(1, 10), "never on the grid"),
        (Fraction(7, 100), Fraction(1, 10), "b"),
        (Fraction(45, 100), Fraction(7, 10), "c"),
    ]
    assert list(on_grid(pictures)) == list(enumerate(["a", "b", "b", "b", "b", "c", "c"]))


def test_ntsc_times_rounded_to_milliseconds_stay_on_their_index() -> None:
    # 29.97 Hz in Matroska: picture 3 is at 0.1001 s and becomes 0.100 s.
    times = [Fraction(round(number * 1001 / 30), 1000) for number in range(10)]
    pictures = [(time, time + Fraction(33, 1000), number) for number, time in enumerate(times)]
    assert dict(on_grid(pictures))[1] == 3


def test_no_picture_gives_no_index() -> None:
    assert list(on_grid([])) == []

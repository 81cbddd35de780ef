from fractions import Fraction

import pytest
from captionacc_media.frames.display_shape import display_size
from hypothesis import given
from hypothesis import strategies as st

EIGHT_K = 8192 * 4608


@pytest.mark.parametrize(
    ("stored", "pixel", "displayed"),
    [
        ((640, 720), Fraction(2), (1280, 720)),
        ((720, 576), Fraction(64, 45), (1024, 576)),
        ((352, 576), Fraction(128, 45), (1001, 576)),
        ((640, 360), Fraction(1, 2), (640, 720)),
        ((1280, 720), Fraction(1), (1280, 720)),
    ],
)
def test_one_side_is_stretched_to_the_displayed_shape(
    stored: tuple[int, int], pixel: Fraction, displayed: tuple[int, int]
) -> None:
    assert display_size(*stored, pixel, most_pixels=EIGHT_K) == displayed


@pytest.mark.parametrize("pixel", [Fraction(0), Fraction(1, 500), Fraction(5), Fraction(101, 100)])
def test_a_ratio_that_is_damaged_or_invisible_changes_nothing(pixel: Fraction) -> None:
    assert display_size(640, 360, pixel, most_pixels=EIGHT_K) == (640, 360)


def test_the_other_side_shrinks_when_the_picture_would_be_too_large() -> None:
    assert display_size(8192, 4608, Fraction(2), most_pixels=EIGHT_K) == (8192, 2304)
    assert display_size(8192, 4608, Fraction(1, 2), most_pixels=EIGHT_K) == (4096, 4608)


@given(st.integers(16, 8192), st.integers(16, 4608), st.fractions(0, 1000, max_denominator=1000))
def test_the_size_is_bounded_and_never_below_a_pixel(
    width: int, height: int, pixel: Fraction
) -> None:
    shown = display_size(width, height, pixel, most_pixels=EIGHT_K)
    assert min(shown) >= 1
    assert shown[0] * shown[1] <= EIGHT_K + max(width, height)

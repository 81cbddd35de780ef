from captionacc_media.cropping.crop import MIN_SIDE, even_span
from hypothesis import given
from hypothesis import strategies as st


@given(
    st.integers(MIN_SIDE, 8000),
    st.floats(0, 1, allow_nan=False),
    st.floats(0, 1, allow_nan=False),
)
def test_a_span_is_even_inside_the_picture_and_long_enough(
    size: int, one: float, other: float
) -> None:
    low, high = min(one, other), max(one, other)
    start, end = even_span(low, high, size)
    assert start % 2 == end % 2 == 0
    assert 0 <= start < end <= size
    assert end - start >= MIN_SIDE


@given(st.integers(100, 8000), st.floats(0, 0.5), st.floats(0.2, 0.5))
def test_a_span_covers_what_was_asked_but_for_an_odd_last_pixel(
    size: int, low: float, length: float
) -> None:
    start, end = even_span(low, low + length, size)
    assert start <= low * size + 1e-6
    assert end >= min((low + length) * size, size - size % 2) - 1e-6
    assert end - start <= length * size + MIN_SIDE


def test_a_whole_picture_is_kept_whole() -> None:
    assert even_span(0, 1, 1280) == (0, 1280)
    assert even_span(0, 1, 161) == (0, 160)


def test_a_thin_region_at_an_edge_grows_inwards() -> None:
    assert even_span(0, 0.001, 1000) == (0, 16)
    assert even_span(0.999, 1, 1000) == (984, 1000)
    assert even_span(0.5, 0.501, 1000) == (492, 508)

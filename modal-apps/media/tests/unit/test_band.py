import numpy as np
import pytest
from captionacc_media.cropping.band import luma_band
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(1, 200), st.integers(1, 700), st.integers(0, 255))
def test_any_size_becomes_a_band_of_the_same_tone(height: int, width: int, tone: int) -> None:
    band = luma_band(np.full((height, width), tone, np.uint8))
    assert band.shape == (64, 512)
    assert band.dtype == np.uint8
    assert (band == tone).all()


def test_shrinking_averages_areas() -> None:
    luma = np.zeros((128, 1024), np.uint8)
    luma[:, ::2] = 200
    assert (luma_band(luma) == 100).all()


@pytest.mark.parametrize("shape", [(0, 5), (4, 0), (4, 4, 3)])
def test_a_plane_without_area_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="luma plane"):
        luma_band(np.zeros(shape, np.uint8))

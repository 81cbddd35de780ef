import numpy as np
import pytest
from captionacc_contracts.frames.chunks import chunk_of
from captionacc_contracts.frames.geometry import FrameRange
from captionacc_media.cropping.crop import YuvPicture
from captionacc_media.cropping.median import (
    MAX_FRAMES,
    gap_indices,
    median_picture,
    median_plane,
    sampled_indices,
)
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(0, 5000), st.integers(1, 4000))
def test_samples_lie_inside_spread_and_odd_in_number(start: int, length: int) -> None:
    frames = FrameRange(start_frame=start, end_frame=start + length)
    indices = sampled_indices(frames)
    assert indices == sorted(set(indices))
    assert 1 <= len(indices) <= MAX_FRAMES
    assert len(indices) % 2 == 1
    assert frames.start_frame <= indices[0] <= indices[-1] < frames.end_frame
    if length >= 200:
        assert len(indices) >= 5
        gaps = np.diff(indices)
        assert gaps.max() <= 2.5 * max(1, np.median(gaps))


def test_fading_edges_are_left_out() -> None:
    assert sampled_indices(FrameRange(start_frame=100, end_frame=120))[0] == 103
    assert sampled_indices(FrameRange(start_frame=100, end_frame=120))[-1] <= 116
    assert sampled_indices(FrameRange(start_frame=7, end_frame=8)) == [7]


def _ranges(*ends: tuple[int, int]) -> list[FrameRange]:
    return [FrameRange(start_frame=start, end_frame=end) for start, end in ends]


def test_the_gaps_beside_a_range_have_an_index_away_from_both_captions() -> None:
    assert gap_indices(_ranges((10, 20), (23, 30)), 33) == [[4, 21], [21, 31]]
    assert gap_indices(_ranges((9, 20), (25, 30)), 40) == [[4, 22], [22, 36]]


def test_an_index_of_a_gap_is_in_a_coarse_chunk_where_the_gap_has_room() -> None:
    assert gap_indices(_ranges((10, 20), (40, 50)), 100) == [[4, 24], [36, 56]]


def test_ranges_without_a_gap_of_three_frames_have_no_index() -> None:
    assert gap_indices(_ranges((2, 10), (10, 20), (22, 30)), 31) == [[], [], []]


def test_an_index_of_a_gap_is_in_no_range() -> None:
    overlapping = _ranges((10, 60), (20, 30), (40, 50))
    assert gap_indices(overlapping, 90) == [[4], [], []]


def test_a_caption_of_three_seconds_needs_no_fine_chunk() -> None:
    indices = sampled_indices(FrameRange(start_frame=101, end_frame=131))
    assert {chunk_of(index).level for index in indices} <= {16, 4}
    assert len(indices) >= 5


def test_a_long_range_needs_few_chunks() -> None:
    minute = sampled_indices(FrameRange(start_frame=1000, end_frame=1600))
    assert len({chunk_of(index) for index in minute}) <= 3


@given(st.integers(1, 27), st.integers(0, 2**32 - 1))
def test_the_median_is_numpys(count: int, seed: int) -> None:
    stack = np.random.default_rng(seed).integers(0, 256, (count, 3, 5), dtype=np.uint8)
    expected = np.sort(stack, axis=0)[(count - 1) // 2]
    median = median_plane(stack)
    assert median.dtype == np.uint8
    np.testing.assert_array_equal(median, expected)


def test_the_stack_is_left_as_it_was() -> None:
    stack = np.array([[[3]], [[1]], [[2]]], np.uint8)
    median_plane(stack)
    assert stack.ravel().tolist() == [3, 1, 2]


def test_a_still_text_survives_a_moving_background() -> None:
    generator = np.random.default_rng(1)
    text = np.zeros((20, 40), bool)
    text[8:12, 5:35] = True
    pictures = []
    for _ in range(25):
        luma = generator.integers(0, 200, (20, 40), dtype=np.uint8)
        luma[text] = 235
        chroma = np.full((10, 20), 128, np.uint8)
        pictures.append(YuvPicture(luma=luma, u=chroma, v=chroma))
    median = median_picture(pictures)
    assert (median.luma[text] == 235).all()
    assert median.luma[~text].std() < 30
    with pytest.raises(ValueError, match="at least one"):
        median_picture([])

import math

import msgspec
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.geometry import CropRegion, FrameRange
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    "edges",
    [
        (0.0, 0.8, 1.2, 1.0),
        (-0.1, 0.8, 1.0, 1.0),
        (0.9, 0.8, 0.1, 1.0),
        (0.0, 1.0, 1.0, 0.8),
        (0.5, 0.8, 0.5, 1.0),
        (math.nan, 0.8, 1.0, 1.0),
    ],
)
def test_a_crop_region_outside_the_picture_or_inverted_is_refused(
    edges: tuple[float, float, float, float],
) -> None:
    left, top, right, bottom = edges
    with pytest.raises(PermanentError) as caught:
        CropRegion(crop_left=left, crop_top=top, crop_right=right, crop_bottom=bottom)
    assert caught.value.code is ErrorCode.CROP_REGION_INVALID


def test_decoding_a_bad_crop_region_says_why() -> None:
    body = b'{"crop_left": 0, "crop_top": 0.9, "crop_right": 1, "crop_bottom": 0.1}'
    with pytest.raises(PermanentError, match=r"top 0\.9"):
        msgspec.json.decode(body, type=CropRegion)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_inclusive_and_exclusive_ends_convert_back_and_forth(start: int, length: int) -> None:
    frames = FrameRange.from_inclusive(start, start + length)
    assert len(frames) == length + 1
    assert frames.last_frame == start + length


@pytest.mark.parametrize(("start", "end"), [(3, 3), (4, 3), (-1, 2)])
def test_an_empty_range_is_refused(start: int, end: int) -> None:
    with pytest.raises(PermanentError):
        FrameRange(start_frame=start, end_frame=end)

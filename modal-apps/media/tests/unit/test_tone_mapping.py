"""Pictures of HDR videos for an ordinary screen."""

import av
import numpy as np
import numpy.typing as npt
import pytest
from captionacc_media.frames.tone_mapping import HLG, PQ, is_hdr, tone_mapped
from hypothesis import given
from hypothesis import strategies as st

BT709, BT2020 = 1, 9
# Codes (0 to 1) of the reference white of HDR, 203 cd/m2: Report ITU-R BT.2408, table 1.
REFERENCE_WHITE = {PQ: 0.58, HLG: 0.75}


def mapped(
    codes: npt.NDArray[np.float64], transfer: int, primaries: int = BT2020
) -> npt.NDArray[np.uint8]:
    """The screen's picture of RGB codes (0 to 1), height x width x 3."""
    frame = av.VideoFrame.from_ndarray(np.round(codes * 65_535).astype(np.uint16), "rgb48le")
    frame.color_trc, frame.color_primaries = transfer, primaries
    return tone_mapped(frame, frame.width, frame.height)


def grey(code: float, transfer: int) -> int:
    pixel = mapped(np.full((2, 2, 3), code), transfer)[0, 0].astype(int)
    assert np.ptp(pixel) <= 1
    return int(pixel[1])


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_reference_white_is_nearly_white_and_black_is_black(transfer: int) -> None:
    assert 238 <= grey(REFERENCE_WHITE[transfer], transfer) <= 250
    assert grey(0, transfer) == 0
    assert grey(1, transfer) == 255


def test_the_standards_points_are_met() -> None:
    """BT.2446-1, 6.1.4: 50 % HLG (skin) becomes 70 %, and 75 % HLG becomes 96 %."""
    assert grey(0.50, HLG) / 255 == pytest.approx(0.70, abs=0.01)
    assert grey(0.75, HLG) / 255 == pytest.approx(0.96, abs=0.01)


@pytest.mark.parametrize("transfer", [PQ, HLG])
@given(lower=st.floats(0, 1), higher=st.floats(0, 1))
def test_brighter_stays_brighter(transfer: int, lower: float, higher: float) -> None:
    lower, higher = sorted((lower, higher))
    assert grey(lower, transfer) <= grey(higher, transfer)


def test_a_colour_keeps_its_hue_and_only_wide_primaries_are_converted() -> None:
    red = np.zeros((2, 2, 3))
    red[..., 0] = 0.5
    wide, narrow = mapped(red, PQ)[0, 0], mapped(red, PQ, BT709)[0, 0]
    assert wide[0] > narrow[0] > 100
    assert wide[1] == wide[2] == narrow[1] == narrow[2] == 0


def test_a_picture_of_many_rows_is_mapped_whole() -> None:
    rows = np.repeat(np.linspace(0, 1, 200)[:, None, None], 3, axis=2).repeat(4, axis=1)
    column = mapped(rows, PQ)[:, 0, 1].astype(int)
    assert np.all(np.diff(column) >= 0)
    assert column[-1] == 255


def test_only_pq_and_hlg_are_hdr() -> None:
    frame = av.VideoFrame(16, 16, "yuv420p")
    found = []
    for transfer in range(1, 19):
        frame.color_trc = transfer
        if is_hdr(frame):
            found.append(transfer)
    assert found == [PQ, HLG]

"""Which regions can be the tracks of a video, and how a layout is approved."""

from typing import Any

import msgspec
import pytest
from captionacc_contracts.api import ApproveLayout
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import require_tracks


def band(top: float, bottom: float, left: float = 0.1, right: float = 0.9) -> CropRegion:
    return CropRegion(crop_left=left, crop_top=top, crop_right=right, crop_bottom=bottom)


LOWER = band(0.8, 0.95)


@pytest.mark.parametrize(
    "regions",
    [
        [LOWER],
        [LOWER, band(0.02, 0.15)],
        pytest.param([band(0.7, 0.84), band(0.8, 0.94)], id="lines that touch"),
        pytest.param([band(0.7, 0.9, 0, 0.55), band(0.7, 0.9, 0.45, 1)], id="two speakers"),
        [band(n / 4, (n + 1) / 4) for n in range(4)],
    ],
)
def test_regions_that_lie_apart_are_tracks(regions: list[CropRegion]) -> None:
    require_tracks(regions)


@pytest.mark.parametrize(
    ("regions", "said"),
    [
        ([], "1 to 4 tracks"),
        ([band(n / 5, (n + 1) / 5) for n in range(5)], "5 crop regions"),
        ([LOWER, LOWER], "regions 1 and 2"),
        pytest.param([band(0, 0.2), band(0.5, 1), LOWER], "regions 2 and 3", id="one inside"),
        pytest.param([band(0.7, 0.9), band(0.8, 1)], "one region around both", id="a half"),
    ],
)
def test_other_regions_are_refused_with_a_sentence(regions: list[CropRegion], said: str) -> None:
    with pytest.raises(PermanentError, match=said) as caught:
        require_tracks(regions)
    assert caught.value.code is ErrorCode.CROP_REGION_INVALID


LOWER_JSON = msgspec.to_builtins(LOWER)


@pytest.mark.parametrize("body", [{"crop_region": LOWER_JSON}, {"crop_regions": [LOWER_JSON]}])
def test_both_forms_of_one_region_are_the_same_layout(body: dict[str, Any]) -> None:
    assert msgspec.convert(body, ApproveLayout).regions == [LOWER]


@pytest.mark.parametrize(
    "body",
    [{}, {"crop_region": None}, {"crop_region": LOWER_JSON, "crop_regions": [LOWER_JSON]}],
)
def test_exactly_one_form_is_given(body: dict[str, Any]) -> None:
    with pytest.raises(PermanentError, match="either crop_region"):
        msgspec.convert(body, ApproveLayout)


def test_one_region_is_sent_as_older_gateways_know_it() -> None:
    assert msgspec.to_builtins(ApproveLayout(crop_region=LOWER)) == {"crop_region": LOWER_JSON}

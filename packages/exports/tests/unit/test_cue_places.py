"""Where cues stand, for regions as people and the layout give them."""

import pytest
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import (
    AnchorType,
    CropTrack,
    SuggestedTrack,
    WritingDirection,
)
from captionacc_exports.cue import CuePlace
from captionacc_exports.cue_places import place_of, places_of
from hypothesis import given
from hypothesis import strategies as st

VERTICAL = WritingDirection.VERTICAL


def track(
    left: float,
    top: float,
    right: float,
    bottom: float,
    direction: WritingDirection = WritingDirection.HORIZONTAL,
) -> CropTrack:
    region = CropRegion(crop_left=left, crop_top=top, crop_right=right, crop_bottom=bottom)
    return CropTrack(crop_region=region, direction=direction)


@pytest.mark.parametrize(
    ("where", "place"),
    [
        pytest.param(track(0.1, 0.8, 0.9, 0.95), CuePlace.BOTTOM, id="usual"),
        pytest.param(track(0.1, 0.02, 0.9, 0.2), CuePlace.TOP, id="translation above"),
        pytest.param(track(0.1, 0.45, 0.9, 0.55), CuePlace.MIDDLE, id="middle"),
        pytest.param(track(0.03, 0.75, 0.48, 0.95), CuePlace.BOTTOM_LEFT, id="left speaker"),
        pytest.param(track(0.52, 0.75, 0.97, 0.95), CuePlace.BOTTOM_RIGHT, id="right speaker"),
        pytest.param(track(0.02, 0.02, 0.3, 0.2), CuePlace.TOP_LEFT, id="corner"),
        pytest.param(track(0.7, 0.02, 0.98, 0.2), CuePlace.TOP_RIGHT, id="other corner"),
        pytest.param(track(0.9, 0.1, 0.98, 0.9, VERTICAL), CuePlace.RIGHT, id="column"),
        pytest.param(track(0.02, 0.1, 0.1, 0.9, VERTICAL), CuePlace.LEFT, id="column at left"),
        pytest.param(track(0, 0, 1, 1), CuePlace.BOTTOM, id="whole picture"),
        pytest.param(track(0, 0.4, 1, 1), CuePlace.BOTTOM, id="lower part"),
    ],
)
def test_a_region_tells_the_place_of_its_cues(where: CropTrack, place: CuePlace) -> None:
    assert place_of(where) is place


@pytest.mark.parametrize(
    ("where", "anchor", "place"),
    [
        (track(0.1, 0.8, 0.6, 0.95), AnchorType.LEFT, CuePlace.BOTTOM_LEFT),
        (track(0.1, 0.8, 0.9, 0.95), AnchorType.LEFT, CuePlace.BOTTOM),
        (track(0.4, 0.8, 0.9, 0.95), AnchorType.RIGHT, CuePlace.BOTTOM_RIGHT),
        (track(0.1, 0.8, 0.9, 0.95), AnchorType.RIGHT, CuePlace.BOTTOM),
        (track(0.4, 0.1, 0.6, 0.9, VERTICAL), AnchorType.LEFT, CuePlace.MIDDLE),
    ],
)
def test_an_anchor_counts_for_a_region_that_leaves_the_other_side_free(
    where: CropTrack, anchor: AnchorType, place: CuePlace
) -> None:
    assert place_of(where, anchor) is place


edges = st.lists(st.floats(0, 1), min_size=2, max_size=2, unique=True).map(sorted)


@given(edges, edges, st.sampled_from(AnchorType), st.sampled_from(WritingDirection))
def test_the_mirrored_region_has_the_mirrored_place(
    across: list[float], down: list[float], anchor: AnchorType, direction: WritingDirection
) -> None:
    # Fractions of a power of two, so that 1 - x is exact.
    left, right = (round(edge * 64) / 64 for edge in across)
    if left == right:
        return
    mirrored = {AnchorType.LEFT: AnchorType.RIGHT, AnchorType.RIGHT: AnchorType.LEFT}
    place = place_of(track(left, down[0], right, down[1], direction), anchor)
    other = place_of(
        track(1 - right, down[0], 1 - left, down[1], direction), mirrored.get(anchor, anchor)
    )
    swapped = place.value.replace("left", "x").replace("right", "left").replace("x", "right")
    assert other.value == swapped


def test_an_approved_suggestion_has_its_anchor() -> None:
    left, other = track(0.1, 0.8, 0.6, 0.95), track(0.1, 0.8, 0.61, 0.95)
    suggested = SuggestedTrack(
        crop_region=left.crop_region,
        anchor_type=AnchorType.LEFT,
        anchor_position=0.1,
        direction=WritingDirection.HORIZONTAL,
        confidence=0.9,
    )
    assert places_of([other, left], [suggested]) == {1: CuePlace.BOTTOM, 2: CuePlace.BOTTOM_LEFT}

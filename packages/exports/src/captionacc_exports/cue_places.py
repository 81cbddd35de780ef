"""Where the cues of a track stand in a subtitle file: about where its captions are on screen."""

from collections.abc import Sequence

from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import (
    FIRST_TRACK,
    AnchorType,
    CropTrack,
    SuggestedTrack,
    WritingDirection,
)

from captionacc_exports.cue import CuePlace

# A picture has three rows and three columns of places, as in the subtitle formats.
_ONE_THIRD, _TWO_THIRDS = 1 / 3, 2 / 3
_TALL = 0.5
"""From this share of the picture's height on, a region does not say in which row its lines are:
captions of one to three lines need far less."""

_PLACES = {
    (AnchorType.LEFT, 0): CuePlace.TOP_LEFT,
    (AnchorType.CENTER, 0): CuePlace.TOP,
    (AnchorType.RIGHT, 0): CuePlace.TOP_RIGHT,
    (AnchorType.LEFT, 1): CuePlace.LEFT,
    (AnchorType.CENTER, 1): CuePlace.MIDDLE,
    (AnchorType.RIGHT, 1): CuePlace.RIGHT,
    (AnchorType.LEFT, 2): CuePlace.BOTTOM_LEFT,
    (AnchorType.CENTER, 2): CuePlace.BOTTOM,
    (AnchorType.RIGHT, 2): CuePlace.BOTTOM_RIGHT,
}


def places_of(
    tracks: Sequence[CropTrack], suggested: Sequence[SuggestedTrack]
) -> dict[int, CuePlace]:
    """The place of the cues of each approved track, by its number.

    A region that was approved as it was suggested has the anchor of the suggestion.
    """
    anchors = {_key(each.crop_region): each.anchor_type for each in suggested}
    return {
        number: place_of(track, anchors.get(_key(track.crop_region), AnchorType.CENTER))
        for number, track in enumerate(tracks, FIRST_TRACK)
    }


def place_of(track: CropTrack, anchor: AnchorType = AnchorType.CENTER) -> CuePlace:
    """The place of the cues of a track.

    The row is the third of the picture that holds the middle of the region; a tall region with
    horizontal lines counts as bottom. The column is the third that holds the middle of the region.
    Lines that start at the left edge of a region are at the left even when the middle of the region
    is not, unless the region reaches into the right third; and the same from the right.
    """
    region = track.crop_region
    row = _third((region.crop_top + region.crop_bottom) / 2)
    tall = region.crop_bottom - region.crop_top >= _TALL
    if tall and track.direction is WritingDirection.HORIZONTAL:
        row = 2
    return _PLACES[_column(region, anchor, track.direction), row]


def _column(region: CropRegion, anchor: AnchorType, direction: WritingDirection) -> AnchorType:
    middle = _third((region.crop_left + region.crop_right) / 2)
    column = (AnchorType.LEFT, AnchorType.CENTER, AnchorType.RIGHT)[middle]
    # The anchor of vertical text is an edge from top to bottom.
    if column is AnchorType.CENTER and direction is WritingDirection.HORIZONTAL:
        if anchor is AnchorType.LEFT and region.crop_right <= _TWO_THIRDS:
            return anchor
        if anchor is AnchorType.RIGHT and region.crop_left >= _ONE_THIRD:
            return anchor
    return column


def _third(position: float) -> int:
    return (position >= _ONE_THIRD) + (position > _TWO_THIRDS)


def _key(region: CropRegion) -> tuple[float, ...]:
    return region.crop_left, region.crop_top, region.crop_right, region.crop_bottom

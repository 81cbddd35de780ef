"""Tracks: the places of a video where its captions are."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import combinations

import msgspec

from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.geometry import CropRegion, FrameRange

MOST_TRACKS = 4
"""Tracks per video: two languages above and below, or two speakers, and one at a side."""
FIRST_TRACK = 1
"""Tracks are numbered from here; the first track is the one with the surest captions."""


class AnchorType(StrEnum):
    """The edge, or the centre, at which the captions of a track are aligned."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class WritingDirection(StrEnum):
    """Whether lines run from left to right, or columns run from top to bottom."""

    HORIZONTAL = "horizontal"
    VERTICAL = "vertical"


class CropTrack(msgspec.Struct, frozen=True, kw_only=True):
    """What to cut out of a video for one track."""

    crop_region: CropRegion
    direction: WritingDirection = WritingDirection.HORIZONTAL


class TrackRange(FrameRange, frozen=True, kw_only=True):
    """A range of frames of one track."""

    track: int = FIRST_TRACK


class SuggestedTrack(msgspec.Struct, frozen=True, kw_only=True):
    """A place where captions were found.

    ``anchor_position`` is a share (0 to 1) of the picture's width, or of its height for vertical
    text. ``confidence`` is the probability that the place holds captions.
    """

    crop_region: CropRegion
    anchor_type: AnchorType
    anchor_position: float
    direction: WritingDirection
    confidence: float


_UPRIGHT = 1.5
"""A region that is this many times as tall as it is wide, in pixels, holds vertical text. Lines
that run across the picture are never that tall: a caption of four short lines is about square."""


def direction_of(region: CropRegion, *, width: int, height: int) -> WritingDirection:
    """The writing direction that the shape of a region tells.

    Args:
        region: the crop region.
        width: of the displayed picture, in pixels.
        height: of the displayed picture, in pixels.
    """
    across = (region.crop_right - region.crop_left) * width
    down = (region.crop_bottom - region.crop_top) * height
    vertical = down >= _UPRIGHT * across
    return WritingDirection.VERTICAL if vertical else WritingDirection.HORIZONTAL


_MOSTLY = 0.5
"""The share of the smaller of two regions from which it mostly lies in the other one. Most of its
text is then in both regions, so the same captions would be found, and paid for, twice. Regions of
two lines that touch share less: each has some room above and below its line."""


def require_tracks(regions: Sequence[CropRegion]) -> None:
    """Check that these regions can be the tracks of a video.

    Raises:
        PermanentError: ``crop_region_invalid`` when there are no regions or more than
            ``MOST_TRACKS``, or when two mostly show the same part of the picture.
    """
    if not 1 <= len(regions) <= MOST_TRACKS:
        raise PermanentError(
            ErrorCode.CROP_REGION_INVALID,
            f"A video has 1 to {MOST_TRACKS} tracks, but {len(regions)} crop regions were given.",
        )
    for (first, one), (second, other) in combinations(enumerate(regions, FIRST_TRACK), 2):
        if mostly_same(one, other):
            raise PermanentError(
                ErrorCode.CROP_REGION_INVALID,
                f"The crop regions {first} and {second} mostly show the same part of the picture; "
                "give one region around both, or two that lie apart.",
            )


def mostly_same(one: CropRegion, other: CropRegion) -> bool:
    """Whether two regions mostly show the same part of the picture, so that one track is enough."""
    return shared_area(one, other) >= _MOSTLY * min(_area(one), _area(other))


def shared_area(one: CropRegion, other: CropRegion) -> float:
    """The area that two regions share, as a share (0 to 1) of the picture."""
    width = min(one.crop_right, other.crop_right) - max(one.crop_left, other.crop_left)
    height = min(one.crop_bottom, other.crop_bottom) - max(one.crop_top, other.crop_top)
    return max(0.0, width) * max(0.0, height)


def _area(region: CropRegion) -> float:
    width, height = region.crop_right - region.crop_left, region.crop_bottom - region.crop_top
    return width * height


def place_name(region: CropRegion) -> str:
    """Where a region is in the picture, in words: "at the bottom", "at the top left"."""
    middle = (region.crop_top + region.crop_bottom) / 2
    across = (region.crop_left + region.crop_right) / 2
    row = "top" if middle < 1 / 3 else "bottom" if middle > 2 / 3 else ""
    side = "left" if across < 1 / 3 else "right" if across > 2 / 3 else ""
    words = f"{row} {side}".strip()
    return f"at the {words}" if words else "in the middle"


class NoteKind(StrEnum):
    """What a person should look at."""

    TEXT_OUTSIDE_TRACKS = "text_outside_tracks"
    STANDING_TEXT = "standing_text"
    UNREAD_SCRIPT = "unread_script"
    LOW_CONFIDENCE = "low_confidence"
    NOT_CARRIED_OVER = "not_carried_over"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a person should look at.

    ``message`` is a sentence. Times are in seconds on the clock of the file; ``end_seconds`` is
    exclusive. ``region`` says where, if the note is about a place.
    """

    kind: NoteKind
    message: str
    start_seconds: float | None = None
    end_seconds: float | None = None
    region: CropRegion | None = None

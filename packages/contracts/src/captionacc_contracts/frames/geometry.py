"""Regions of a picture and ranges of frames."""

from typing import Annotated, Self

import msgspec
from msgspec import Meta

from captionacc_contracts.errors import ErrorCode, PermanentError

Share = Annotated[float, Meta(ge=0, le=1)]
"""A place along the width or the height of the picture."""


class CropRegion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rectangle in fractions (0 to 1) of the displayed picture, origin top left.

    Raises:
        PermanentError: ``crop_region_invalid`` when it lies outside 0 to 1 or is inverted.
    """

    crop_left: Annotated[Share, Meta(examples=[0.1])]
    crop_top: Annotated[Share, Meta(examples=[0.8])]
    crop_right: Annotated[Share, Meta(examples=[0.9])]
    crop_bottom: Annotated[Share, Meta(examples=[0.95])]

    def __post_init__(self) -> None:
        ordered = (
            0 <= self.crop_left < self.crop_right <= 1
            and 0 <= self.crop_top < self.crop_bottom <= 1
        )
        if not ordered:
            raise PermanentError(
                ErrorCode.CROP_REGION_INVALID,
                "The crop region must have 0 <= left < right <= 1 and 0 <= top < bottom <= 1, "
                "but is "
                f"left {self.crop_left}, top {self.crop_top}, right {self.crop_right}, "
                f"bottom {self.crop_bottom}.",
            )

    def contains(self, x: float, y: float) -> bool:
        """Whether a point, in fractions of the picture, lies in the rectangle."""
        return self.crop_left <= x <= self.crop_right and self.crop_top <= y <= self.crop_bottom


class FrameRange(msgspec.Struct, frozen=True, kw_only=True):
    """Half-open range of frame indices: it includes ``start_frame`` and excludes ``end_frame``.

    Raises:
        PermanentError: ``frame_range_invalid`` when it is empty or starts below zero.
    """

    start_frame: int
    end_frame: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_frame < self.end_frame:
            raise PermanentError(
                ErrorCode.FRAME_RANGE_INVALID,
                "A frame range needs 0 <= start_frame < end_frame, but is "
                f"{self.start_frame} to {self.end_frame}.",
            )

    def __len__(self) -> int:
        return self.end_frame - self.start_frame

    @property
    def last_frame(self) -> int:
        """The last frame inside: the inclusive end that Postgres and captions.db store."""
        return self.end_frame - 1

    @classmethod
    def from_inclusive(cls, start_frame: int, last_frame: int) -> Self:
        """Make a range from an inclusive end; only this function converts ends."""
        return cls(start_frame=start_frame, end_frame=last_frame + 1)

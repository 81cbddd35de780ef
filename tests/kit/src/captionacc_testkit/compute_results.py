"""Results of compute calls; a test names only the fields that matter to it."""

from typing import Any

import msgspec
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.work.compute import ExtractResult, Measured

LOWER_THIRD = CropRegion(crop_left=0.1, crop_top=0.7, crop_right=0.9, crop_bottom=0.9)

_EXTRACTED = ExtractResult(
    frame_count=30,
    full_frame_count=1,
    duration_seconds=3.0,
    width=320,
    height=180,
    video_codec="h264",
    ocr_box_count=2,
    failed_ocr_count=0,
    suggested_crop_region=LOWER_THIRD,
    raw_ocr_key="raw",
    layout_key="layout",
    measured=Measured(seconds={"work": 1.0}),
)


def extracted(**changes: Any) -> ExtractResult:
    """A result for a clip of three seconds with two text boxes; ``changes`` replaces fields."""
    # Each result is measured anew: usage is recorded once per call.
    fresh = {"measured": Measured(seconds={"work": 1.0})}
    return msgspec.structs.replace(_EXTRACTED, **fresh | changes)

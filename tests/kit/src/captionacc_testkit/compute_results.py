"""Results of compute calls; a test names only the fields that matter to it."""

from collections.abc import Sequence
from typing import Any

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import FIRST_TRACK
from captionacc_contracts.work.compute import (
    CropInferRequest,
    CropInferResult,
    ExtractResult,
    Measured,
    TrackExtents,
)
from captionacc_contracts.work.versions import EXTENTS_MODEL_VERSION

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
EXTENTS = [
    CaptionExtent(start_frame=0, end_frame=10, kind=ExtentKind.GAP, confidence=0.9),
    CaptionExtent(start_frame=10, end_frame=30, kind=ExtentKind.CAPTION, confidence=0.8),
]

_INFERRED = CropInferResult(
    cropped_frames_version=1,
    frame_count=30,
    chunk_count=3,
    total_bytes=1000,
    cropped_frames_prefix="prefix/",
    extents_key="extents",
    model_version=EXTENTS_MODEL_VERSION,
    label_counts={"same": 29},
    extents=EXTENTS,
    measured=Measured(seconds={"work": 1.0}),
)


def extracted(**changes: Any) -> ExtractResult:
    """A result for a clip of three seconds with two text boxes; ``changes`` replaces fields."""
    # Each result is measured anew: usage is recorded once per call.
    fresh = {"measured": Measured(seconds={"work": 1.0})}
    return msgspec.structs.replace(_EXTRACTED, **fresh | changes)


def inferred(**changes: Any) -> CropInferResult:
    """A result for 30 frames: a gap, then a caption from frame 10; ``changes`` replaces fields."""
    fresh = {"measured": Measured(seconds={"work": 1.0})}
    return msgspec.structs.replace(_INFERRED, **fresh | changes)


def other_tracks(request: CropInferRequest, extents: Sequence[CaptionExtent]) -> list[TrackExtents]:
    """Results for the tracks that follow the first one, all with these extents."""
    where = request.tenant_id, request.video_id, request.cropped_frames_version
    return [
        TrackExtents(
            track=track,
            chunk_count=3,
            total_bytes=1000,
            cropped_frames_prefix=object_keys.chunks_prefix(*where, track),
            extents_key=object_keys.extents_db(*where, track),
            label_counts={"same": 29},
            extents=list(extents),
        )
        for track, _ in enumerate(request.other_tracks, FIRST_TRACK + 1)
    ]

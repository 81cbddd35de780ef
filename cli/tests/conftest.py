"""Values that several tests of the command start from."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from captionacc_cli.results.captions import captions_file
from captionacc_contracts.api import VideoView
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import AnchorType, SuggestedTrack, WritingDirection
from captionacc_contracts.work.states import CaptionState
from captionacc_contracts.work.versions import OcrEngineName
from captionacc_exports.writers.captions_json import Caption, CaptionsFile, Track

BOTTOM = CropRegion(crop_left=0.1, crop_top=0.7, crop_right=0.9, crop_bottom=1.0)

MakeVideo = Callable[..., VideoView]
MakeCaption = Callable[..., Caption]
MakeRow = Callable[..., CaptionView]
MakeFile = Callable[..., CaptionsFile]
MakeTrack = Callable[[CropRegion], SuggestedTrack]


@pytest.fixture
def video() -> MakeVideo:
    """A finished video of three seconds with the given changes."""

    def make(**changes: Any) -> VideoView:
        values: dict[str, Any] = {
            "id": UUID(int=1),
            "display_name": "film.mp4",
            "status": "active",
            "caption_status": "ready",
            "error": None,
            "progress": None,
            "size_bytes": 100,
            "frame_count": 30,
            "full_frame_count": 1,
            "duration_seconds": 3.0,
            "width": 640,
            "height": 360,
            "language": "en",
            "suggested_crop_region": BOTTOM,
            "crop_region": BOTTOM,
            "cropped_frames_version": 1,
            "uploaded_at": datetime(2026, 1, 1, tzinfo=UTC),
            "locks": [],
            "jobs": [],
            "usage": [],
        }
        return VideoView(**(values | changes))

    return make


@pytest.fixture
def caption() -> MakeCaption:
    """A caption from 0.3 to 1.0 s with the given changes."""

    def make(text: str, **changes: Any) -> Caption:
        made = Caption(
            start_frame=3,
            end_frame=9,
            text=text,
            confidence=0.9,
            ocr_confidence=None,
            id=7,
            track=1,
            start_seconds=0.3,
            end_seconds=1.0,
            box=BOTTOM,
            language="en",
        )
        return msgspec.structs.replace(made, **changes)

    return make


@pytest.fixture
def row() -> MakeRow:
    """A caption of the API from 0.0 to 1.0 s without text, with the given changes."""

    def make(**changes: Any) -> CaptionView:
        made = CaptionView(
            id=1,
            start_frame=0,
            end_frame=9,
            state=CaptionState.PREDICTED,
            confidence=0.9,
            text=None,
            caption_ocr=None,
            caption_ocr_confidence=None,
            caption_ocr_status=None,
            caption_ocr_error=None,
            start_seconds=0.0,
            end_seconds=1.0,
        )
        return msgspec.structs.replace(made, **changes)

    return make


@pytest.fixture
def found(video: MakeVideo) -> MakeFile:
    """What captions.json of a searched video holds, with the given captions and changes."""

    def make(*captions: Caption, **changes: Any) -> CaptionsFile:
        track = Track(track=1, crop_region=BOTTOM, direction=WritingDirection.HORIZONTAL)
        empty = captions_file(video(), None, OcrEngineName.RAPIDOCR)
        given = {"captions": list(captions), "tracks": [track], "crop_region": BOTTOM}
        return msgspec.structs.replace(empty, **(given | changes))

    return make


@pytest.fixture
def suggested() -> MakeTrack:
    """A suggested track with the given region."""

    def make(region: CropRegion) -> SuggestedTrack:
        return SuggestedTrack(
            crop_region=region,
            anchor_type=AnchorType.CENTER,
            anchor_position=0.5,
            direction=WritingDirection.HORIZONTAL,
            confidence=0.9,
        )

    return make

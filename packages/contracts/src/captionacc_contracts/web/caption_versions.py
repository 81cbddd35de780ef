"""Versions of a video's captions, as the gateway shows and restores them."""

from datetime import datetime
from uuid import UUID

import msgspec

from captionacc_contracts.captions import CaptionView
from captionacc_contracts.frames.tracks import CropTrack
from captionacc_contracts.work.states import ReplacementReason


class CaptionVersionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The captions of a video as they were before all of them were replaced.

    ``reason`` says what replaced them: the captions of a new crop region or model, found by the job
    ``job_id``, or an older version, restored by the user ``made_by``. ``caption_count`` is without
    gaps; ``edited_count`` are captions and gaps that people changed, of which ``confirmed_count``
    are confirmed. ``tracks`` are the places that were searched.
    """

    number: int
    made_at: datetime
    made_by: str | None
    job_id: UUID | None
    reason: ReplacementReason
    cropped_frames_version: int
    frame_count: int
    tracks: list[CropTrack]
    caption_count: int
    confirmed_count: int
    edited_count: int


class CaptionVersionList(msgspec.Struct, frozen=True, kw_only=True):
    """Versions, the latest one first."""

    versions: list[CaptionVersionSummary]


class CaptionVersionView(CaptionVersionSummary, frozen=True, kw_only=True):
    """A version with all its captions and gaps, in the order of their frames."""

    captions: list[CaptionView]


class RestoredVersion(msgspec.Struct, frozen=True, kw_only=True):
    """``saved_as`` is the version that keeps the captions which the restored ones replaced."""

    number: int
    saved_as: int | None


class CarryOverPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a new crop region would have to carry over: what people did to the captions until now.

    ``edited_count`` are captions that people changed, of which ``confirmed_count`` are confirmed.
    ``removed_count`` are captions that people turned into gaps.
    """

    edited_count: int
    confirmed_count: int
    removed_count: int

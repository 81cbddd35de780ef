"""States of the rows of videos, captions, jobs and cropped-frames versions.

The tables list the allowed transitions of the rows that users see. Leases guard the states of jobs
and versions instead: the ``where`` of each UPDATE names the only state that the row may leave.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

S = TypeVar("S", bound=StrEnum)


class VideoStatus(StrEnum):
    """``videos.status``."""

    UPLOADED = "uploaded"
    QUEUED = "queued"
    PROCESSING = "processing"
    ACTIVE = "active"
    ERROR = "error"


VIDEO_TRANSITIONS: Mapping[VideoStatus, frozenset[VideoStatus]] = {
    VideoStatus.UPLOADED: frozenset({VideoStatus.QUEUED, VideoStatus.ERROR}),
    VideoStatus.QUEUED: frozenset({VideoStatus.PROCESSING, VideoStatus.ERROR}),
    VideoStatus.PROCESSING: frozenset({VideoStatus.QUEUED, VideoStatus.ACTIVE, VideoStatus.ERROR}),
    VideoStatus.ACTIVE: frozenset(),
    VideoStatus.ERROR: frozenset({VideoStatus.QUEUED}),
}


class CaptionStatus(StrEnum):
    """``videos.caption_status``; null means that no crop region has been approved."""

    QUEUED = "queued"
    PROCESSING = "processing"
    READY = "ready"
    ERROR = "error"


CAPTION_TRANSITIONS: Mapping[CaptionStatus | None, frozenset[CaptionStatus]] = {
    None: frozenset({CaptionStatus.QUEUED}),
    # Back to ready: a cancelled job leaves the captions of the former version unchanged.
    CaptionStatus.QUEUED: frozenset(
        {CaptionStatus.PROCESSING, CaptionStatus.READY, CaptionStatus.ERROR}
    ),
    CaptionStatus.PROCESSING: frozenset(
        {CaptionStatus.QUEUED, CaptionStatus.READY, CaptionStatus.ERROR}
    ),
    CaptionStatus.READY: frozenset({CaptionStatus.QUEUED}),
    CaptionStatus.ERROR: frozenset({CaptionStatus.QUEUED}),
}


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    ERROR = "error"
    CANCELLED = "cancelled"


ENDED_JOB_STATES = frozenset({JobState.DONE, JobState.ERROR, JobState.CANCELLED})


class VersionStatus(StrEnum):
    """``cropped_frames_versions.status``; a video has at most one active version."""

    PROCESSING = "processing"
    ACTIVE = "active"
    ARCHIVED = "archived"
    """A newer version replaced it."""
    FAILED = "failed"
    """Its job ended before the version was complete."""


class ReplacementReason(StrEnum):
    """``caption_versions.reason``: why all captions of a video were replaced."""

    CROP = "crop"
    """The extents of a new crop region, or of a new model."""
    RESTORE = "restore"
    """A person restored an older version."""


class CaptionState(StrEnum):
    """``captions.state``: found by the model, confirmed by a person, or a span without text."""

    PREDICTED = "predicted"
    CONFIRMED = "confirmed"
    GAP = "gap"


class TextStatus(StrEnum):
    """``captions.text_status``: a person's judgement of the text; null means not judged yet."""

    VALID_CAPTION = "valid_caption"
    OCR_ERROR = "ocr_error"
    PARTIAL_CAPTION = "partial_caption"
    TEXT_UNCLEAR = "text_unclear"
    OTHER_ISSUE = "other_issue"


class OcrStatus(StrEnum):
    """``captions.caption_ocr_status``; null means that nobody has asked for the text."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    ERROR = "error"


# Queued to completed: an overlapping job may publish the text first.
OCR_TRANSITIONS: Mapping[OcrStatus | None, frozenset[OcrStatus]] = {
    None: frozenset({OcrStatus.QUEUED}),
    OcrStatus.QUEUED: frozenset({OcrStatus.PROCESSING, OcrStatus.COMPLETED, OcrStatus.ERROR}),
    OcrStatus.PROCESSING: frozenset({OcrStatus.QUEUED, OcrStatus.COMPLETED, OcrStatus.ERROR}),
    OcrStatus.COMPLETED: frozenset({OcrStatus.QUEUED}),
    OcrStatus.ERROR: frozenset({OcrStatus.QUEUED}),
}


def sources(
    transitions: Mapping[S, frozenset[S]] | Mapping[S | None, frozenset[S]], target: S
) -> list[S | None]:
    """The states that may change to ``target``; the ``where`` of an UPDATE lists them."""
    return [source for source, targets in transitions.items() if target in targets]

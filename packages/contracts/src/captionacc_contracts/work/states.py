"""States of videos, captions of a video, jobs and versions.

The tables say which transitions the rows that users see may make. A job's state and a version's
are guarded by the lease: the ``where`` of each UPDATE names the one state that it leaves.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

S = TypeVar("S", bound=StrEnum)


class VideoStatus(StrEnum):
    UPLOADED = "uploaded"
    QUEUED = "queued"
    PROCESSING = "processing"
    ACTIVE = "active"
    ERROR = "error"


class CaptionStatus(StrEnum):
    """``videos.caption_status``; null means that no crop region was approved yet."""

    QUEUED = "queued"
    PROCESSING = "processing"
    READY = "ready"
    ERROR = "error"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    ERROR = "error"
    CANCELLED = "cancelled"


class VersionStatus(StrEnum):
    PROCESSING = "processing"
    ACTIVE = "active"
    ARCHIVED = "archived"
    FAILED = "failed"


class OcrStatus(StrEnum):
    """``captions.caption_ocr_status``; null means never asked for."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    ERROR = "error"


ENDED_JOB_STATES = frozenset({JobState.DONE, JobState.ERROR, JobState.CANCELLED})

VIDEO_TRANSITIONS: Mapping[VideoStatus, frozenset[VideoStatus]] = {
    VideoStatus.UPLOADED: frozenset({VideoStatus.QUEUED, VideoStatus.ERROR}),
    VideoStatus.QUEUED: frozenset({VideoStatus.PROCESSING, VideoStatus.ERROR}),
    VideoStatus.PROCESSING: frozenset({VideoStatus.QUEUED, VideoStatus.ACTIVE, VideoStatus.ERROR}),
    VideoStatus.ACTIVE: frozenset(),
    VideoStatus.ERROR: frozenset({VideoStatus.QUEUED}),
}

CAPTION_TRANSITIONS: Mapping[CaptionStatus | None, frozenset[CaptionStatus]] = {
    None: frozenset({CaptionStatus.QUEUED}),
    # Back to ready: a cancelled run leaves the former version's captions as they were.
    CaptionStatus.QUEUED: frozenset(
        {CaptionStatus.PROCESSING, CaptionStatus.READY, CaptionStatus.ERROR}
    ),
    CaptionStatus.PROCESSING: frozenset(
        {CaptionStatus.QUEUED, CaptionStatus.READY, CaptionStatus.ERROR}
    ),
    CaptionStatus.READY: frozenset({CaptionStatus.QUEUED}),
    CaptionStatus.ERROR: frozenset({CaptionStatus.QUEUED}),
}

# Queued to completed: an overlapping request may bring the text first.
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
    """The states from which ``target`` may be entered; what an UPDATE's ``where`` lists."""
    return [source for source, targets in transitions.items() if target in targets]

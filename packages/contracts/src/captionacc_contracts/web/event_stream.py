"""What the messages of the live stream hold, for the API document.

A kind of event that is not in ``DATA_OF_KIND`` is missing from the document; a test names it.
"""

import functools
import operator
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import msgspec

from captionacc_contracts.api import VideoStatsUpdated, VideoSummary
from captionacc_contracts.editing.history import EditKind
from captionacc_contracts.errors import ErrorReport
from captionacc_contracts.events import Event, EventKind
from captionacc_contracts.limits import LimitReached
from captionacc_contracts.web.together import AllVisits, CommentAction, ReviewState
from captionacc_contracts.work.compute import Progress
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.states import (
    CaptionStatus,
    OcrStatus,
    ReplacementReason,
    VideoStatus,
)


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The tenant's latest videos; a stream that continues no earlier one begins with it."""

    videos: list[VideoSummary]


class VideoStatusData(msgspec.Struct, frozen=True, kw_only=True):
    """The status of the video after a change."""

    status: VideoStatus
    caption_status: CaptionStatus | None
    error: ErrorReport | None


class CaptionsChangedData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The captions that changed, with their new versions in the same order.

    Without ids, all captions of the video are new. ``change`` is the number of an edit in the
    history of the video, ``kind`` its kind there and ``made_by`` the user; ``removed_ids`` are
    captions that no longer exist. The change in the history has the rows as they became.
    """

    caption_ids: list[int] | None = None
    versions: list[int] | None = None
    removed_ids: list[int] | None = None
    change: int | None = None
    kind: EditKind | None = None
    made_by: str | None = None
    caption_ocr_status: OcrStatus | None = None


class CaptionsReplacedData(msgspec.Struct, frozen=True, kw_only=True):
    """All captions of the video were replaced.

    ``number`` is the version of the captions that keeps the former ones; null when there were none.
    ``carried_ids`` are people's captions that are among the new captions; only the version has
    those of ``not_carried_ids``.
    """

    number: int | None
    reason: ReplacementReason
    carried_ids: list[int]
    not_carried_ids: list[int]


class VideoChangedData(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may change of the video, after a change of any of it."""

    display_name: str
    language: str | None
    unattended: bool


class VideoDeletedData(msgspec.Struct, frozen=True, kw_only=True):
    """The video that a person deleted."""

    display_name: str


class VideoObjectsDeletedData(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing: the id of the video is in the event."""


class VideoWaitingData(msgspec.Struct, frozen=True, kw_only=True):
    """Why an uploaded video waits: a sentence, and the limit of its tenant."""

    message: str
    reached: LimitReached


class VideoReviewedData(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the review of the video."""

    number: int
    state: ReviewState
    made_by: UUID
    comment: str | None


class CommentsChangedData(msgspec.Struct, frozen=True, kw_only=True):
    """A comment of the video changed; null ``caption_id`` means that it is on the whole video."""

    comment_id: int
    caption_id: int | None
    action: CommentAction
    made_by: UUID


class JobData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The job that changed its state; ``error`` is there when an attempt failed."""

    kind: JobKind
    priority: int
    attempt: int
    error: ErrorReport | None = None


DATA_OF_KIND: Mapping[EventKind, type[msgspec.Struct]] = {
    EventKind.VIDEO_STATUS: VideoStatusData,
    EventKind.VIDEO_PROGRESS: Progress,
    EventKind.CAPTIONS_CHANGED: CaptionsChangedData,
    EventKind.CAPTIONS_REPLACED: CaptionsReplacedData,
    EventKind.VIDEO_CHANGED: VideoChangedData,
    EventKind.VIDEO_DELETED: VideoDeletedData,
    EventKind.VIDEO_OBJECTS_DELETED: VideoObjectsDeletedData,
    EventKind.VIDEO_WAITING: VideoWaitingData,
    EventKind.VIDEO_REVIEWED: VideoReviewedData,
    EventKind.COMMENTS_CHANGED: CommentsChangedData,
    EventKind.JOB_QUEUED: JobData,
    EventKind.JOB_STARTED: JobData,
    EventKind.JOB_DONE: JobData,
    EventKind.JOB_RETRYING: JobData,
    EventKind.JOB_ERROR: JobData,
    EventKind.JOB_CANCELLED: JobData,
}
"""What ``Event.data`` holds."""


def _event_of(kind: EventKind, data: type[msgspec.Struct]) -> type[msgspec.Struct]:
    words = kind.value.replace(".", " ").replace("_", " ").title().replace(" ", "")
    fields = [("kind", Literal[kind.value]), ("data", data)]
    made = msgspec.defstruct(f"{words}Event", fields, bases=(Event,), frozen=True, kw_only=True)
    made.__doc__ = f"An event of the kind ``{kind.value}``."
    return made


StreamedData: Any = functools.reduce(
    operator.or_,
    (_event_of(kind, data) for kind, data in DATA_OF_KIND.items()),
    Snapshot | VideoStatsUpdated | AllVisits,
)
"""The union of what the ``data`` of a message can be."""

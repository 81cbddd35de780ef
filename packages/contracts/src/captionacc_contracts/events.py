"""Events of a tenant: the audit trail in Postgres, which the live stream sends."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec


class EventKind(StrEnum):
    """What happened; the text below a kind says what ``Event.data`` holds."""

    VIDEO_STATUS = "video.status"
    """``status``, ``caption_status`` and ``error`` of the video."""
    VIDEO_PROGRESS = "video.progress"
    """``stage``, ``done`` and ``total`` of the running job."""
    CAPTIONS_CHANGED = "captions.changed"
    """``caption_ids`` with their new ``versions``, in the same order; without ids, all captions are
    new. A job that reads text also gives the ``caption_ocr_status`` of the captions. An edit gives
    the number of its ``change`` in the history of the video, its ``kind`` there, the user
    ``made_by``, and ``removed_ids``: captions that no longer exist."""
    CAPTIONS_REPLACED = "captions.replaced"
    """All captions were replaced. ``number`` is the version of the captions that keeps the former
    ones. ``reason`` is crop or restore. ``carried_ids`` are people's captions that are among the
    new captions; ``not_carried_ids`` are those that only the version has."""
    JOB_QUEUED = "job.queued"
    """``kind``, ``priority`` and ``attempt`` of the job, as every kind below, and its ``error``."""
    JOB_STARTED = "job.started"
    JOB_DONE = "job.done"
    JOB_RETRYING = "job.retrying"
    """An attempt failed; the job waits for the next one."""
    JOB_ERROR = "job.error"
    JOB_CANCELLED = "job.cancelled"
    """A person cancelled it, or a newer crop region replaced it."""
    VIDEO_CHANGED = "video.changed"
    """``display_name`` and ``language`` of the video, after a person changed one of them."""
    VIDEO_DELETED = "video.deleted"
    """The rows of the video are gone. ``display_name`` of the video."""
    VIDEO_OBJECTS_DELETED = "video.objects_deleted"
    """The upload and everything made of it are gone from the store. No data."""
    VIDEO_WAITING = "video.waiting"
    """An uploaded video waits: ``message``, and ``reached``, the limit of its tenant."""
    VIDEO_REVIEWED = "video.reviewed"
    """A step of the review: its ``number`` and ``state``, the user ``made_by``, the ``comment``."""
    COMMENTS_CHANGED = "comments.changed"
    """``comment_id`` and its ``caption_id``, the ``action`` and the user ``made_by``."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the audit trail."""

    video_id: UUID | None
    job_id: UUID | None
    tenant_id: UUID
    number: int
    """Counts up per tenant in the order of commit; the live stream sends it as the event's id."""
    kind: EventKind
    data: dict[str, Any]
    created_at: datetime

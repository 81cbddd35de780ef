"""Events of a tenant: the audit trail in Postgres, which the live stream sends."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec


class EventKind(StrEnum):
    """What happened; the comments say what ``Event.data`` holds."""

    VIDEO_STATUS = "video.status"
    """``status``, ``caption_status`` and ``error`` of the video."""
    VIDEO_PROGRESS = "video.progress"
    """``stage``, ``done`` and ``total`` of the running job."""
    CAPTIONS_CHANGED = "captions.changed"
    """``caption_ids`` with their ``caption_ocr_status``; without ids, all captions are new."""
    JOB_QUEUED = "job.queued"
    """``kind``, ``priority`` and ``attempt`` of the job, as every kind below, and its ``error``."""
    JOB_STARTED = "job.started"
    JOB_DONE = "job.done"
    JOB_RETRYING = "job.retrying"
    JOB_ERROR = "job.error"
    JOB_CANCELLED = "job.cancelled"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """``number`` counts up per tenant in the order of commit; it is the SSE event id."""

    number: int
    tenant_id: UUID
    video_id: UUID | None
    job_id: UUID | None
    kind: EventKind
    data: dict[str, Any]
    created_at: datetime

"""Events of a tenant: the audit trail in Postgres, which the live stream sends."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

EVENTS_CHANNEL = "captionacc_events"
JOBS_CHANNEL = "captionacc_jobs"


class EventKind(StrEnum):
    VIDEO_STATUS = "video.status"
    VIDEO_PROGRESS = "video.progress"
    CAPTIONS_CHANGED = "captions.changed"
    JOB_QUEUED = "job.queued"
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


class VideoStatsUpdated(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The existing front end's event.

    ``status`` is queued, started, progress, complete, error or cancelled.
    """

    video_id: UUID
    flow_name: str
    status: str
    timestamp: datetime

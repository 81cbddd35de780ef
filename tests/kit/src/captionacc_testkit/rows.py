"""Database rows for unit tests; a test names only the fields that matter to it."""

from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import msgspec
from captionacc_contracts.frames.tracks import FIRST_TRACK
from captionacc_contracts.work.jobs import InitialProcessing, JobKind
from captionacc_contracts.work.states import JobState, VideoStatus
from captionacc_contracts.work.tiers import Tier
from captionacc_supabase.rows import Caption, Job, Video

NOW = datetime(2026, 1, 2, tzinfo=UTC)
TENANT, VIDEO = UUID(int=1), UUID(int=2)

R = TypeVar("R", bound=msgspec.Struct)


def _row(kind: type[R], fields: dict[str, Any]) -> R:
    """Build a row whose other fields are null."""
    return kind(**dict.fromkeys(kind.__struct_fields__) | fields)


def video(**changes: Any) -> Video:
    """Build a video that was just uploaded."""
    fields = {
        "id": VIDEO,
        "tenant_id": TENANT,
        "display_name": "clip.mp4",
        "status": VideoStatus.UPLOADED,
        "uploaded_at": NOW,
        "start_seconds": 0.0,
        **{name: [] for name in ("suggested_tracks", "runner_up_tracks", "tracks", "notes")},
    }
    return _row(Video, fields | changes)


def caption(number: int, **changes: Any) -> Caption:
    """Build a caption of ten frames that was not read yet."""
    fields = {
        "id": number,
        "video_id": VIDEO,
        "tenant_id": TENANT,
        "cropped_frames_version": 1,
        "track": FIRST_TRACK,
        "start_frame": number * 10,
        "end_frame": number * 10 + 9,
        "state": "predicted",
        "confidence": 1.0,
    }
    return _row(Caption, fields | changes)


def job(**changes: Any) -> Job:
    """Build a video's first job, which waits in the queue."""
    fields = {
        "id": uuid4(),
        "kind": JobKind.VIDEO_INITIAL_PROCESSING,
        "video_id": VIDEO,
        "tenant_id": TENANT,
        "parameters": InitialProcessing(video_key="k"),
        "tier": Tier.FREE,
        "static_score": 50.0,
        "priority": 50,
        "ageing": True,
        "requested_at": NOW,
        "state": JobState.QUEUED,
        "attempt": 0,
        "cancel_requested": False,
        "tags": [],
    }
    return _row(Job, fields | changes)

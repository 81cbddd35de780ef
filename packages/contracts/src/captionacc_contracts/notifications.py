"""What Postgres notifies the services of: the channels, and the payloads of the jobs channel."""

from uuid import UUID

EVENTS_CHANNEL = "captionacc_events"
"""A tenant has a new event; the payload is the tenant's id. The database sends it."""

JOBS_CHANNEL = "captionacc_jobs"
"""A job can be claimed, or is to stop."""

_QUEUED = "queued:"
_CANCEL = "cancel:"


def queued(job_id: UUID) -> str:
    """Payload that wakes the workers: the job can be claimed."""
    return f"{_QUEUED}{job_id}"


def cancel(job_id: UUID) -> str:
    """Payload that wakes the worker that runs the job, so that it stops the job."""
    return f"{_CANCEL}{job_id}"


def job_to_cancel(payload: str) -> UUID | None:
    """The job that a payload of the jobs channel asks to stop; ``None`` for other payloads."""
    if not payload.startswith(_CANCEL):
        return None
    try:
        return UUID(payload.removeprefix(_CANCEL))
    except ValueError:
        return None

"""Events as lines of a ``text/event-stream``. Pure."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from captionacc_contracts.api import VideoStatsUpdated
from captionacc_contracts.events import Event, EventKind
from captionacc_contracts.work.flows import FlowName

HEARTBEAT = b": still here\n\n"
STATS_EVENT = "video-stats-updated"
SNAPSHOT_EVENT = "snapshot"
VISITS_EVENT = "visits"
# The largest value of the column ``events.number``, a bigint of at most 19 digits.
LAST_EVENT_ID_LIMIT = 2**63 - 1

_STATS_STATUS: Mapping[
    EventKind, Literal["queued", "started", "progress", "complete", "error", "cancelled"]
] = {
    EventKind.JOB_QUEUED: "queued",
    EventKind.JOB_STARTED: "started",
    EventKind.VIDEO_PROGRESS: "progress",
    EventKind.JOB_DONE: "complete",
    EventKind.JOB_ERROR: "error",
    EventKind.JOB_CANCELLED: "cancelled",
    EventKind.JOB_RETRYING: "queued",
}


def retry_line(milliseconds: int) -> bytes:
    """Return the line that sets how long a client waits before it reconnects."""
    return f"retry: {milliseconds}\n\n".encode()


def message(event: str, data: Any, *, number: int | None = None) -> bytes:
    """Return one message. JSON has no line breaks, so one ``data`` line holds the data."""
    identified = b"" if number is None else f"id: {number}\n".encode()
    named = f"event: {event}\n".encode()
    return b"%s%sdata: %s\n\n" % (identified, named, msgspec.json.encode(data))


def stats_of(event: Event, flow: FlowName | None) -> VideoStatsUpdated | None:
    """Return the older event by which the front end knows this one; ``None`` if there is none."""
    status = _STATS_STATUS.get(event.kind)
    if status is None or flow is None or event.video_id is None:
        return None
    return VideoStatsUpdated(
        video_id=event.video_id, flow_name=flow, status=status, timestamp=event.created_at
    )


def encode(event: Event, flow: FlowName | None) -> bytes:
    """Return the messages of an event: the older event, if there is one, and the event itself.

    Only the second message carries the number, so a client that was cut off between the two gets
    both again. Repeating the older event does no harm.
    """
    stats = stats_of(event, flow)
    older = b"" if stats is None else message(STATS_EVENT, stats)
    return older + message(event.kind.value, event, number=event.number)


def last_event_id(header: str | None) -> int | None:
    """Return the number of the client's last event; ``None`` when it sent no valid number."""
    if header is None or not header.isascii() or not header.isdecimal():
        return None
    number = int(header) if len(header) <= 19 else LAST_EVENT_ID_LIMIT + 1
    return number if number <= LAST_EVENT_ID_LIMIT else None

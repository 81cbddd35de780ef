import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from captionacc_contracts.events import Event, EventKind
from captionacc_contracts.work.flows import FlowName
from captionacc_webhook_gateway.live_events import server_sent_events as sse
from hypothesis import given
from hypothesis import strategies as st

VIDEO = UUID(int=2)


def event(kind: EventKind = EventKind.JOB_DONE, **changes: Any) -> Event:
    return Event(
        **{
            "number": 5,
            "tenant_id": UUID(int=1),
            "video_id": VIDEO,
            "job_id": UUID(int=3),
            "kind": kind,
            "data": {},
            "created_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            **changes,
        }
    )


def parse(stream: bytes) -> list[dict[str, str]]:
    """Parse messages by the rules of the HTML standard."""
    messages = []
    for block in stream.decode().split("\n\n"):
        fields: dict[str, str] = {}
        for line in block.split("\n"):
            name, colon, value = line.partition(":")
            if colon and name:
                assert name not in fields
                fields[name] = value.removeprefix(" ")
        if fields:
            messages.append(fields)
    return messages


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4), st.sampled_from(EventKind))
def test_a_message_carries_any_data_unchanged(data: dict[str, Any], kind: EventKind) -> None:
    [got] = parse(sse.encode(event(kind, data=data), None))
    assert (got["id"], got["event"]) == ("5", kind.value)
    assert json.loads(got["data"])["data"] == data


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (EventKind.JOB_QUEUED, "queued"),
        (EventKind.JOB_STARTED, "started"),
        (EventKind.VIDEO_PROGRESS, "progress"),
        (EventKind.JOB_DONE, "complete"),
        (EventKind.JOB_ERROR, "error"),
        (EventKind.JOB_CANCELLED, "cancelled"),
    ],
)
def test_the_existing_front_ends_event_comes_first_and_without_a_number(
    kind: EventKind, status: str
) -> None:
    stats, own = parse(sse.encode(event(kind), FlowName.CROP_AND_INFER))
    assert "id" not in stats
    assert stats["event"] == "video-stats-updated"
    assert json.loads(stats["data"]) == {
        "videoId": str(VIDEO),
        "flowName": "captionacc-crop-and-infer-caption-frame-extents",
        "status": status,
        "timestamp": "2026-01-02T03:04:05Z",
    }
    assert own["id"] == "5"


def test_a_change_without_a_flow_has_no_front_end_event() -> None:
    assert sse.stats_of(event(EventKind.VIDEO_STATUS), FlowName.CROP_AND_INFER) is None
    assert sse.stats_of(event(), None) is None


@pytest.mark.parametrize(
    ("header", "number"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("17", 17),
        ("-1", None),
        ("1.5", None),
        ("x", None),
        ("٣", None),
        (str(2**63 - 1), 2**63 - 1),
        (str(2**63), None),
        ("9" * 5000, None),
    ],
)
def test_last_event_id_is_a_possible_event_number_or_none(
    header: str | None, number: int | None
) -> None:
    assert sse.last_event_id(header) == number

"""What the client sends to the gateway, and how it reads the answers."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote
from uuid import UUID

import msgspec
import pytest
from captionacc_contracts.api import VideoSummary
from captionacc_contracts.events import EventKind
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_stack.gateway_client import GatewayClient, GatewayRefusalError

VIDEO = UUID(int=1)
REGION = CropRegion(crop_left=0.0, crop_top=0.7, crop_right=1.0, crop_bottom=1.0)


@pytest.mark.parametrize("force", [False, True])
async def test_force_is_sent_only_when_asked_for(force: bool) -> None:
    paths: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        paths.append((await reader.readline()).decode().split()[1])
        writer.write(b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with GatewayClient(f"http://127.0.0.1:{port}", "token") as client:
            for asked in (
                client.approve_layout(VIDEO, REGION, force=force),
                client.request_ocr(VIDEO, force=force),
                client.retry(VIDEO, force=force),
            ):
                with pytest.raises(GatewayRefusalError):
                    await asked
    query = "?force=true" if force else ""
    assert paths == [
        f"/videos/{VIDEO}/{route}{query}"
        for route in ("approve-layout", "captions/request-ocr", "retry")
    ]


@contextlib.asynccontextmanager
async def answered(answers: Sequence[bytes]) -> AsyncIterator[tuple[GatewayClient, list[str]]]:
    """A client whose requests get the answers one after the other, and the paths it asks for."""
    paths: list[str] = []
    left = iter(answers)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        paths.append((await reader.readline()).decode().split()[1])
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + next(left))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with GatewayClient(f"http://127.0.0.1:{port}", "token") as client:
            yield client, paths


def video_json(number: int) -> dict[str, object]:
    empty = dict.fromkeys(
        each.name for each in msgspec.structs.fields(VideoSummary) if each.required
    )
    named = {"id": str(UUID(int=number)), "display_name": "a.mp4", "status": "queued"}
    return empty | named | {"uploaded_at": "2026-01-01T00:00:00Z"}


async def test_a_list_is_read_to_its_last_page() -> None:
    pages = [
        {"videos": [video_json(1), video_json(2)], "total": 3, "next": "/videos?cursor=x"},
        {"videos": [video_json(3)], "total": 3, "next": None},
    ]
    bodies = [b"\r\n" + json.dumps(page).encode() for page in pages]
    async with answered(bodies) as (client, paths):
        videos = await client.videos()
    assert [video.id.int for video in videos] == [1, 2, 3]
    assert paths[0].startswith("/videos?limit=")
    assert paths[1:] == ["/videos?cursor=x"]


@pytest.mark.parametrize("given", ["字 50% ;.zh.srt", "../../a.srt"])
async def test_an_export_has_the_name_that_the_gateway_gives(given: str) -> None:
    header = f"attachment; filename=\"_.srt\"; filename*=UTF-8''{quote(given, safe='')}"
    body = f"Content-Disposition: {header}\r\n\r\n1\n".encode()
    async with answered([body]) as (client, paths):
        made = await client.export(VIDEO, "srt", {"track": "2", "bom": "true"})
    assert (made.name, made.content) == (given.rpartition("/")[2], b"1\n")
    assert paths == [f"/videos/{VIDEO}/captions.srt?track=2&bom=true"]


async def test_the_events_are_those_after_the_snapshot() -> None:
    event: dict[str, object] = {
        "video_id": str(VIDEO),
        "job_id": None,
        "tenant_id": str(UUID(int=2)),
        "number": 8,
        "kind": "video.objects_deleted",
        "data": {},
        "created_at": "2026-01-01T00:00:00Z",
    }
    body = (
        "\r\nretry: 100\n\n"
        'id: 7\nevent: snapshot\ndata: {"videos":[]}\n\n'
        ": still here\n\n"
        'event: video-stats-updated\ndata: {"videoId":"x"}\n\n'
        f"id: 8\nevent: video.objects_deleted\ndata: {json.dumps(event)}\n\n"
    )
    async with answered([body.encode()]) as (client, _), client.events() as events:
        found = [(each.kind, each.video_id) async for each in events]
    assert found == [(EventKind.VIDEO_OBJECTS_DELETED, VIDEO)]

"""States of runs reach the web app's webhook, a real HTTP server here."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from captionacc_flow_worker.orchestration import front_end
from captionacc_flow_worker.orchestration.front_end import FrontEnd
from captionacc_supabase.rows import Job
from captionacc_testkit import rows
from captionacc_testkit.waiting import eventually


class WebApp:
    """Keeps each request's headers and body; answers with the statuses in turn, then with 204."""

    def __init__(self, *statuses: int) -> None:
        self.requests: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.statuses = list(statuses)
        self.silent = False
        self.url = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        self.requests.append(({"line": head[0], **headers}, json.loads(body)))
        if self.silent:
            await reader.read()
        status = self.statuses.pop(0) if self.statuses else 204
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def serving(web_app: WebApp, secret: str | None = None) -> AsyncIterator[FrontEnd]:
    server = await asyncio.start_server(web_app.handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    web_app.url = f"http://127.0.0.1:{port}/api/webhooks/prefect"
    async with httpx.AsyncClient() as client:
        told = FrontEnd(web_app.url, secret, client)
        running = asyncio.create_task(told.run())
        yield told
        running.cancel()
    server.close()


@pytest.fixture
def a_job() -> Job:
    return rows.job(flow_run_id=uuid4(), tags=[f"tenant:{rows.TENANT}"])


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_end, "_FIRST_PAUSE_S", 0.02)


async def test_a_state_arrives_in_the_format_of_a_prefect_automation(a_job: Job) -> None:
    web_app = WebApp()
    async with serving(web_app, "hush") as told:
        told.tell(a_job, "Running")
        told.tell(a_job, "Completed")
        await eventually(lambda: len(web_app.requests) == 2, what="both messages")
    (headers, started), (_, done) = web_app.requests
    assert headers["line"] == "POST /api/webhooks/prefect HTTP/1.1"
    assert headers["authorization"] == "bearer hush"
    assert set(started) == {
        "event", "flowRunId", "flowName", "state", "timestamp", "tags", "parameters",
    }  # fmt: skip
    assert started["flowName"] == "captionacc-video-initial-processing"
    assert (started["state"], done["state"]) == ("Running", "Completed")
    assert UUID(started["flowRunId"]) == a_job.flow_run_id
    assert started["parameters"][0]["video_id"] == str(a_job.video_id)
    assert datetime.fromisoformat(started["timestamp"]).astimezone(UTC) <= datetime.now(UTC)
    assert f"tenant:{a_job.tenant_id}" in started["tags"]


async def test_states_that_the_web_app_would_misread_are_not_sent(a_job: Job) -> None:
    web_app = WebApp()
    async with serving(web_app) as told:
        for state in ("Scheduled", "Requeued", "Pending", "AwaitingRetry", None):
            told.tell(a_job, state)
        told.tell(a_job, "Failed")
        await eventually(lambda: web_app.requests, what="a message")
    assert [body["state"] for _, body in web_app.requests] == ["Failed"]
    assert "authorization" not in web_app.requests[0][0]


async def test_a_failed_message_is_sent_again_and_a_refused_one_is_not(a_job: Job) -> None:
    web_app = WebApp(500, 503, 429, 204, 400)
    async with serving(web_app) as told:
        told.tell(a_job, "Running")
        told.tell(a_job, "Completed")
        told.tell(a_job, "Cancelled")
        await eventually(lambda: len(web_app.requests) == 6, what="all messages")
    states = [body["state"] for _, body in web_app.requests]
    assert states == ["Running"] * 4 + ["Completed", "Cancelled"]


async def test_a_web_app_that_hangs_or_is_away_delays_nobody(
    a_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front_end, "_REQUEST_LIMIT_S", 0.1)
    monkeypatch.setattr(front_end, "_GIVE_UP_AFTER_S", 0.3)
    web_app = WebApp()
    web_app.silent = True
    async with serving(web_app) as told:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for _ in range(2000):
            told.tell(a_job, "Running")
        assert loop.time() - began < 1
        await eventually(lambda: len(web_app.requests) >= 2, what="a second try")
        web_app.silent = False
        # The states of before are too old by now, or are sent; a new one arrives.
        await asyncio.sleep(0.3)
        told.tell(a_job, "Completed")
        await eventually(
            lambda: any(body["state"] == "Completed" for _, body in web_app.requests),
            what="the new state",
        )


async def test_nothing_is_sent_without_an_address(a_job: Job) -> None:
    async with httpx.AsyncClient() as client:
        told = FrontEnd(None, None, client)
        told.tell(a_job, "Completed")
        assert not told._added.is_set()

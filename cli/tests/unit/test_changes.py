"""Events of a video end the wait for it; others do not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from captionacc_cli.main_job import changes
from captionacc_cli.main_job.changes import VideoChanges
from captionacc_contracts.events import Event, EventKind
from captionacc_stack.gateway_client import GatewayClient, GatewayRefusalError

VIDEO, OTHER = UUID(int=1), UUID(int=2)
# Longer than any machine takes, and shorter than the test's own limit.
SOON_S = 10.0


class Gateway(GatewayClient):
    """Sends the events that are put into ``sent``; None cuts the stream."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1", "token")
        self.sent: asyncio.Queue[UUID | None] = asyncio.Queue()
        self.streams = 0

    @contextlib.asynccontextmanager
    async def events(self) -> AsyncIterator[AsyncIterator[Event]]:
        self.streams += 1
        yield self._events()

    async def _events(self) -> AsyncIterator[Event]:
        while (video_id := await self.sent.get()) is not None:
            yield Event(
                video_id=video_id,
                job_id=None,
                tenant_id=UUID(int=3),
                number=1,
                kind=EventKind.VIDEO_PROGRESS,
                data={},
                created_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
            # The reader is back, so it has handled the event.
            self.sent.task_done()
        raise GatewayRefusalError(503, "gateway_unavailable", "The stream was cut.")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "_LONGEST_WAIT_S", 100 * SOON_S)
    monkeypatch.setattr(changes, "_AGAIN_AFTER_S", 0.0)


@pytest.mark.usefixtures("patient")
async def test_only_an_event_of_the_video_ends_the_wait() -> None:
    async with Gateway() as gateway, asyncio.timeout(SOON_S):
        video = VideoChanges(gateway, VIDEO)
        async with video.followed():
            waiting = asyncio.create_task(video.wait())
            gateway.sent.put_nowait(OTHER)
            await gateway.sent.join()
            assert not waiting.done()
            gateway.sent.put_nowait(VIDEO)
            await waiting


@pytest.mark.usefixtures("patient")
async def test_a_stream_that_is_cut_is_opened_again() -> None:
    async with Gateway() as gateway, asyncio.timeout(SOON_S):
        video = VideoChanges(gateway, VIDEO)
        async with video.followed():
            gateway.sent.put_nowait(None)
            gateway.sent.put_nowait(VIDEO)
            await video.wait()
        assert gateway.streams == 2


async def test_a_wait_without_events_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "_LONGEST_WAIT_S", 0.0)
    async with Gateway() as gateway, asyncio.timeout(SOON_S):
        video = VideoChanges(gateway, VIDEO)
        async with video.followed():
            await video.wait()

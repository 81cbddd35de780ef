"""Streams a tenant's events from the events table; NOTIFY only says when to look."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from uuid import UUID

from captionacc_contracts.errors import TransientError
from captionacc_contracts.web.event_stream import Snapshot
from captionacc_observability.clock import Clock
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from captionacc_supabase.session import Session

from captionacc_webhook_gateway.live_events import server_sent_events as sse
from captionacc_webhook_gateway.live_events.flow_names import FlowNames
from captionacc_webhook_gateway.live_events.shared_visits import SharedVisits
from captionacc_webhook_gateway.live_events.wakes import Wakes
from captionacc_webhook_gateway.views import video_summary

# Events per read, so that a long replay neither fills memory nor holds a connection for long.
PAGE = 200
# Proxies close a silent connection after 30 to 60 s.
HEARTBEAT_S = 15.0
# After a failed read; the database needs about this long to come back.
READ_AGAIN_S = 2.0
# Users hardly notice a gap of 2 s, and a gateway that restarts is not flooded.
RECONNECT_MS = 2000
# The same as one page of ``GET /videos``.
SNAPSHOT_VIDEOS = 100

_log = get_logger(__name__)


class _Sent:
    """What a stream has sent: the number of its last event, and who had which video open."""

    def __init__(self, number: int | None) -> None:
        self.number = number
        self.visits: bytes | None = None


class EventFeed:
    """Opens event streams. Each stream reads the events table whenever it is woken."""

    def __init__(self, database: Database, wakes: Wakes, clock: Clock) -> None:
        self._database = database
        self._wakes = wakes
        self._clock = clock
        self._visits = SharedVisits(database, wakes)

    async def open(self, tenant_id: UUID, seen: int | None, until: float) -> AsyncIterator[bytes]:
        """Return a stream that already holds its slot; see :meth:`stream`.

        Raises:
            TooManyStreamsError: The tenant has reached its limit of open streams.
        """
        lines = self.stream(tenant_id, seen, until)
        # A stream takes its slot before its first line and without waiting, so no other stream can
        # take the same slot. An unread stream releases its slot when garbage-collected.
        first = await anext(lines)
        return _with_first(first, lines)

    async def stream(
        self, tenant_id: UUID, seen: int | None, until: float
    ) -> AsyncGenerator[bytes, None]:
        """Yield the lines of an event stream until the token ends.

        Args:
            tenant_id: The tenant whose events are streamed.
            seen: Number of the last event that the client saw. The stream sends each later event
                once. When ``seen`` is null, larger than the tenant's latest number, or so old that
                later events have been removed, the stream begins with a snapshot of the videos
                instead.
            until: When the token ends, in seconds since 1970.

        Raises:
            TooManyStreamsError: The tenant has reached its limit of open streams.
        """
        with self._wakes.subscribed(tenant_id) as woken:
            yield sse.retry_line(RECONNECT_MS)
            flows = FlowNames()
            sent = _Sent(seen)
            loop = asyncio.get_running_loop()
            sent_at = loop.time()
            # Only a wake-up is a reason to read the table; the first read needs none.
            woken.set()
            while not self._wakes.closing and (left_s := self._left_s(until)) > 0:
                quiet_s = loop.time() - sent_at
                if quiet_s >= HEARTBEAT_S:
                    sent_at = loop.time()
                    yield sse.HEARTBEAT
                    continue
                if not await _wait(woken, min(HEARTBEAT_S - quiet_s, left_s)):
                    continue
                woken.clear()
                try:
                    chunk, more = await self._next(tenant_id, sent, flows)
                except TransientError as error:
                    _log.warning("events_not_read", reason=error.message)
                    loop.call_later(READ_AGAIN_S, woken.set)
                    continue
                if more:
                    woken.set()
                if chunk:
                    sent_at = loop.time()
                    yield chunk

    def _left_s(self, until: float) -> float:
        return until - self._clock.now().timestamp()

    async def _next(self, tenant_id: UUID, sent: _Sent, flows: FlowNames) -> tuple[bytes, bool]:
        """Return what to send now, and whether more is ready.

        Raises:
            TransientError: ``database_unavailable``.
        """
        async with self._database.transaction() as session:
            events, number, more = await _events(session, tenant_id, sent.number, flows)
        visits = await self._visits.message(tenant_id)
        # After both: what could not be read is read again.
        changed = b"" if visits == sent.visits else visits
        sent.number, sent.visits = number, visits
        return events + changed, more


async def _events(
    session: Session, tenant_id: UUID, number: int | None, flows: FlowNames
) -> tuple[bytes, int, bool]:
    """Return the messages after ``number``, the last number, and whether more events are ready."""
    latest = await session.events.latest_number(tenant_id)
    if number is None or number > latest:
        return await _snapshot(session, tenant_id, latest), latest, False
    if number == latest:
        return b"", number, False
    page = await session.events.page(tenant_id, number, PAGE)
    if page.missing:
        return await _snapshot(session, tenant_id, latest), latest, False
    lines = [sse.encode(event, await flows.of(session, event)) for event in page.events]
    return b"".join(lines), page.last_number, page.full


async def _snapshot(session: Session, tenant_id: UUID, latest: int) -> bytes:
    """Return the line that shows the videos; ``latest`` was read before them.

    So the stream repeats events that are committed in between; in the other order it would lose
    them.
    """
    videos = await session.videos.list_for_tenant(tenant_id, SNAPSHOT_VIDEOS)
    standings = await session.standings.of_videos([video.id for video in videos])
    snapshot = Snapshot(videos=[video_summary(video, standings[video.id]) for video in videos])
    return sse.message(sse.SNAPSHOT_EVENT, snapshot, number=latest)


async def _with_first(
    first: bytes, lines: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    async with aclosing(lines):
        yield first
        async for line in lines:
            yield line


async def _wait(woken: asyncio.Event, timeout_s: float) -> bool:
    """Wait for a wake-up, at most ``timeout_s``; return whether there was one."""
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await woken.wait()
    return woken.is_set()

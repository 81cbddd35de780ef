"""Streams a tenant's events from the events table; NOTIFY only says when to look."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager, suppress
from uuid import UUID

from captionacc_contracts.errors import TransientError
from captionacc_contracts.events import Event
from captionacc_contracts.work.flows import FlowName, flow_of
from captionacc_contracts.work.jobs import JobKind
from captionacc_observability import metrics
from captionacc_observability.clock import Clock
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from captionacc_supabase.session import Session

from captionacc_webhook_gateway.errors import TooManyStreamsError
from captionacc_webhook_gateway.live_events import server_sent_events as sse
from captionacc_webhook_gateway.views import video_summary

PAGE = 200
POLL_S = 5.0
HEARTBEAT_S = 15.0
RECONNECT_MS = 2000
STREAMS_PER_TENANT = 50
SNAPSHOT_VIDEOS = 100
STREAMS = metrics.Gauge("captionacc_gateway_event_streams", "Event streams open")

_log = get_logger(__name__)


class Wakes:
    """Wakes the streams of a tenant when one of its events was committed."""

    def __init__(self) -> None:
        self._open: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        self.closing = False

    @contextmanager
    def subscribed(self, tenant_id: UUID) -> Iterator[asyncio.Event]:
        """An event that is set at each wake-up of the tenant.

        Raises:
            TooManyStreamsError: when the tenant has as many as it may.
        """
        if len(self._open.get(tenant_id, ())) >= STREAMS_PER_TENANT:
            message = f"At most {STREAMS_PER_TENANT} event streams may be open; close another."
            raise TooManyStreamsError(message)
        woken = asyncio.Event()
        self._open[tenant_id].add(woken)
        STREAMS.inc()
        try:
            yield woken
        finally:
            STREAMS.dec()
            self._open[tenant_id].discard(woken)
            if not self._open[tenant_id]:
                del self._open[tenant_id]

    def wake(self, _channel: str, payload: str) -> None:
        """Handle a NOTIFY. The payload is the tenant's id, or empty when some were missed."""
        try:
            tenants = [UUID(payload)] if payload else list(self._open)
        except ValueError:
            return
        for tenant_id in tenants:
            for woken in self._open.get(tenant_id, ()):
                woken.set()

    def close(self) -> None:
        """End every stream soon, so that the service can stop; clients connect again."""
        self.closing = True
        self.wake("", "")


class EventFeed:
    def __init__(self, database: Database, wakes: Wakes, clock: Clock) -> None:
        self._database = database
        self._wakes = wakes
        self._clock = clock

    async def open(self, tenant_id: UUID, seen: int | None, until: float) -> AsyncIterator[bytes]:
        """Return a stream that already holds its slot; see :meth:`stream`.

        Raises:
            TooManyStreamsError: when the tenant has as many as it may.
        """
        lines = self.stream(tenant_id, seen, until)
        # The stream does not wait before its first line, so another one cannot take the same slot.
        # An unread stream releases its slot when garbage-collected.
        first = await anext(lines)
        return _with_first(first, lines)

    async def stream(
        self, tenant_id: UUID, seen: int | None, until: float
    ) -> AsyncGenerator[bytes, None]:
        """Lines of an event stream until ``until`` (seconds since 1970), when the token ends.

        With ``seen`` the events after that number follow, none left out or twice. Without it, or
        when that number is none of this tenant's, a snapshot of the videos comes first.
        """
        with self._wakes.subscribed(tenant_id) as woken:
            yield sse.retry_line(RECONNECT_MS)
            flows = _FlowNames()
            number = seen
            quiet_s = 0.0
            while not self._wakes.closing and self._clock.now().timestamp() < until:
                woken.clear()
                chunk, number, more = await self._next(tenant_id, number, flows)
                if chunk:
                    quiet_s = 0.0
                    yield chunk
                if more:
                    continue
                waited = await _wait(woken, POLL_S)
                quiet_s += waited
                if quiet_s >= HEARTBEAT_S:
                    quiet_s = 0.0
                    yield sse.HEARTBEAT

    async def _next(
        self, tenant_id: UUID, number: int | None, flows: "_FlowNames"
    ) -> tuple[bytes, int | None, bool]:
        """Return what to send now, the number of its last event, and whether more is ready."""
        try:
            async with self._database.transaction() as session:
                latest = await session.events.latest_number(tenant_id)
                if number is None or number > latest:
                    # Read the number first: events committed in between are sent again.
                    videos = await session.videos.list_for_tenant(tenant_id, SNAPSHOT_VIDEOS)
                    snapshot = {"videos": [video_summary(video) for video in videos]}
                    return sse.message(sse.SNAPSHOT_EVENT, snapshot, number=latest), latest, False
                if number == latest:
                    return b"", number, False
                page = await session.events.page(tenant_id, number, PAGE)
                lines = [sse.encode(event, await flows.of(session, event)) for event in page.events]
        except TransientError as error:
            _log.warning("events_not_read", reason=error.message)
            return b"", number, False
        return b"".join(lines), page.last_number, page.full


class _FlowNames:
    """Flow names for events; a progress event names only its job."""

    def __init__(self) -> None:
        self._of_job: dict[UUID, FlowName] = {}

    async def of(self, session: Session, event: Event) -> FlowName | None:
        if event.job_id is None:
            return None
        kind = event.data.get("kind")
        if kind is None and event.job_id not in self._of_job:
            job = await session.jobs.get(event.job_id)
            kind = None if job is None else job.kind
        if kind is not None:
            with suppress(ValueError):  # a later version may write a kind without a flow here
                self._of_job[event.job_id] = flow_of(JobKind(kind))
        return self._of_job.get(event.job_id)


async def _with_first(
    first: bytes, lines: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    async with aclosing(lines):
        yield first
        async for line in lines:
            yield line


async def _wait(woken: asyncio.Event, timeout_s: float) -> float:
    """Wait for a wake-up, at most ``timeout_s``; return the seconds waited."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await woken.wait()
    return loop.time() - began

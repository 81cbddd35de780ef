"""Wakes the open event streams of a tenant when NOTIFY says that it has new events."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_observability import metrics

from captionacc_webhook_gateway.errors import TooManyStreamsError

# Enough for the browser tabs of a large team; it keeps one tenant from holding every connection.
STREAMS_PER_TENANT = 50
DEFAULT_STREAMS = 700
STREAMS = metrics.Gauge("captionacc_gateway_event_streams", "Event streams open")


class Wakes:
    """The open event streams, each with an ``asyncio.Event`` that wakes it."""

    def __init__(self, most: int = DEFAULT_STREAMS) -> None:
        """Allow ``most`` streams of all tenants together."""
        self._most = most
        self._streams = 0
        self._open: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        # Numbers are never used twice, so a tenant that comes back has a number of its own.
        self._numbers = itertools.count()
        self._latest: dict[UUID, int] = {}
        self.closing = False

    @property
    def tenants(self) -> list[UUID]:
        """The tenants that have open streams."""
        return list(self._open)

    def latest_of(self, tenant_id: UUID) -> int:
        """The number of the latest wake-up of the tenant, which has an open stream.

        Its first stream counts as one.
        """
        return self._latest[tenant_id]

    @contextmanager
    def subscribed(self, tenant_id: UUID) -> Iterator[asyncio.Event]:
        """Yield an ``asyncio.Event`` that is set whenever the tenant has new events.

        Raises:
            TooManyStreamsError: The tenant has reached its limit of open streams.
            TransientError: ``internal``; the gateway has reached its own limit.
        """
        if self._streams >= self._most:
            message = f"The gateway has {self._most} open event streams; try again later."
            raise TransientError(ErrorCode.INTERNAL, message)
        if len(self._open.get(tenant_id, ())) >= STREAMS_PER_TENANT:
            message = f"At most {STREAMS_PER_TENANT} event streams may be open; close another."
            raise TooManyStreamsError(message)
        woken = asyncio.Event()
        self._open[tenant_id].add(woken)
        self._latest.setdefault(tenant_id, next(self._numbers))
        self._streams += 1
        STREAMS.set(self._streams)
        try:
            yield woken
        finally:
            self._streams -= 1
            STREAMS.set(self._streams)
            self._open[tenant_id].discard(woken)
            if not self._open[tenant_id]:
                del self._open[tenant_id]
                del self._latest[tenant_id]

    def wake(self, _channel: str, payload: str) -> None:
        """Handle a NOTIFY. The payload is the tenant's id, or empty when some were missed."""
        try:
            tenants = [UUID(payload)] if payload else self.tenants
        except ValueError:
            return
        for tenant_id in tenants:
            self.wake_tenant(tenant_id)

    def wake_tenant(self, tenant_id: UUID) -> None:
        """Wake the streams of one tenant."""
        if tenant_id in self._open:
            self._latest[tenant_id] = next(self._numbers)
        for woken in self._open.get(tenant_id, ()):
            woken.set()

    def close(self) -> None:
        """End every stream soon, so that the service can stop; clients connect again."""
        self.closing = True
        self.wake("", "")

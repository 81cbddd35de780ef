"""Reads the visits of a tenant once per wake-up, for all streams of the tenant together."""

import asyncio
from uuid import UUID

import msgspec
from captionacc_contracts.web.together import AllVisits
from captionacc_supabase.database import Database

from captionacc_webhook_gateway.live_events import server_sent_events as sse
from captionacc_webhook_gateway.live_events.wakes import Wakes


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """A read that began after the wake-up ``wake``."""

    wake: int
    message: asyncio.Task[bytes]

    @property
    def failed(self) -> bool:
        done = self.message.done()
        return done and (self.message.cancelled() or self.message.exception() is not None)


class SharedVisits:
    """Gives streams that were woken together the message of one read."""

    def __init__(self, database: Database, wakes: Wakes) -> None:
        self._database = database
        self._wakes = wakes
        self._reads: dict[UUID, _Read] = {}

    async def message(self, tenant_id: UUID) -> bytes:
        """Return the message with the tenant's visits, which is as new as its latest wake-up.

        The caller is a stream of the tenant.

        Raises:
            TransientError: ``database_unavailable``.
        """
        wake = self._wakes.latest_of(tenant_id)
        read = self._reads.get(tenant_id)
        if read is None or read.wake != wake or read.failed:
            tenants = set(self._wakes.tenants)
            self._reads = {each: kept for each, kept in self._reads.items() if each in tenants}
            read = _Read(wake=wake, message=asyncio.create_task(self._message(tenant_id)))
            self._reads[tenant_id] = read
        # The read goes on for other streams when this one ends.
        return await asyncio.shield(read.message)

    async def _message(self, tenant_id: UUID) -> bytes:
        async with self._database.transaction() as session:
            visits = await session.visits.of_tenant(tenant_id)
        return sse.message(sse.VISITS_EVENT, AllVisits(visits=visits))

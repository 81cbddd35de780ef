"""Wakes streams whose NOTIFY was lost, or whose visits ended by themselves.

Two queries serve all streams of the gateway.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database

from captionacc_webhook_gateway.live_events.wakes import Wakes

# A lost NOTIFY delays an event by at most this, and a visit that ended shows for this much longer.
POLL_S = 5.0

_log = get_logger(__name__)


@asynccontextmanager
async def polling(database: Database, wakes: Wakes) -> AsyncIterator[None]:
    """Look for new events of the tenants with open streams while the context is open."""
    task = asyncio.create_task(_poll(database, wakes))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _poll(database: Database, wakes: Wakes) -> None:
    known: dict[UUID, tuple[int, int]] = {}
    while True:
        await asyncio.sleep(POLL_S)
        known = await _look(database, wakes, known)


async def _look(
    database: Database, wakes: Wakes, known: dict[UUID, tuple[int, int]]
) -> dict[UUID, tuple[int, int]]:
    """Wake the tenants whose latest number or count of visits is not in ``known``; return both."""
    tenants = wakes.tenants
    if not tenants:
        return {}
    try:
        async with database.autocommit() as session:
            found = await session.events.latest_numbers(tenants)
            visits = await session.visits.counts(tenants)
    except Exception as error:  # noqa: BLE001  all streams depend on this poll, so it never ends
        _log.warning("events_not_polled", reason=type(error).__name__)
        # The next poll wakes every stream, since notifications may have been lost too.
        return {}
    latest = {
        tenant_id: (found.get(tenant_id, 0), visits.get(tenant_id, 0)) for tenant_id in tenants
    }
    for tenant_id, standing in latest.items():
        if known.get(tenant_id) != standing:
            wakes.wake_tenant(tenant_id)
    return latest

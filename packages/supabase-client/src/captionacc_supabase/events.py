"""Reading a tenant's events; they are written through ``Announcements``."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from captionacc_contracts.errors import PermanentError
from captionacc_contracts.events import Event
from captionacc_observability.logging import get_logger

from captionacc_supabase.connection.statements import Statements, decode

_log = get_logger(__name__)


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events in order; the next page begins after ``last_number``.

    ``full`` means that there may be a next page. ``missing`` means that retention removed events
    that the page should begin with: the numbers of a tenant have no holes.
    """

    events: list[Event]
    last_number: int
    missing: bool
    full: bool


class Events:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def after(self, tenant_id: UUID, number: int, limit: int = 500) -> list[Event]:
        """Events of the tenant with a greater number, in order."""
        return (await self.page(tenant_id, number, limit)).events

    async def page(self, tenant_id: UUID, number: int, limit: int) -> EventPage:
        """At most ``limit`` events after ``number``, without events that this version cannot read;
        readers skip those.
        """
        records = await self._statements.records(
            """
            select * from captionacc.events where tenant_id = $1 and number > $2
            order by number limit $3
            """,
            tenant_id,
            number,
            limit,
        )
        events = []
        for record in records:
            try:
                events.append(decode(record, Event))
            except PermanentError as error:
                _log.warning(
                    "event_skipped",
                    tenant_id=tenant_id,
                    number=record["number"],
                    reason=error.message,
                )
        return EventPage(
            events=events,
            last_number=records[-1]["number"] if records else number,
            missing=bool(records) and records[0]["number"] > number + 1,
            full=len(records) == limit,
        )

    async def latest_numbers(self, tenant_ids: Sequence[UUID]) -> dict[UUID, int]:
        """Number of the latest event of each tenant that has any."""
        records = await self._statements.records(
            """
            select tenant_id, last_number from captionacc.event_counters
            where tenant_id = any($1::uuid[])
            """,
            list(tenant_ids),
        )
        return {record["tenant_id"]: record["last_number"] for record in records}

    async def latest_number(self, tenant_id: UUID) -> int:
        """Number of the tenant's latest event; 0 when it has none."""
        found = await self._statements.value(
            "select last_number from captionacc.event_counters where tenant_id = $1", tenant_id
        )
        return int(found or 0)

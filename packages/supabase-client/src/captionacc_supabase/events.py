"""Reading a tenant's events; they are written through ``Announcements``."""

from uuid import UUID

from captionacc_contracts.events import Event

from captionacc_supabase.statements import Statements


class Events:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def after(self, tenant_id: UUID, number: int, limit: int = 500) -> list[Event]:
        """Events of the tenant with a greater number, in order."""
        return await self._statements.rows(
            Event,
            """
            select * from captionacc.events where tenant_id = $1 and number > $2
            order by number limit $3
            """,
            tenant_id,
            number,
            limit,
        )

    async def latest_number(self, tenant_id: UUID) -> int:
        """Number of the tenant's latest event; 0 when it has none."""
        found = await self._statements.value(
            "select last_number from captionacc.event_counters where tenant_id = $1", tenant_id
        )
        return int(found or 0)

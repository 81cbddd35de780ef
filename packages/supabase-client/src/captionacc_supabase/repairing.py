"""Queries that only the repairs of the flow worker ask: its lock, and what to compare rows with."""

from collections.abc import Collection
from uuid import UUID

from captionacc_supabase.connection.statements import Statements

# An arbitrary number; nothing else in this database takes this advisory lock.
_REPAIR_LOCK = 0x63617074


class Repairing:
    """Hung on the session as ``repairing``."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def try_lock(self) -> bool:
        """Take the lock of the repairs until the transaction ends; false when another holds it."""
        return bool(
            await self._statements.value("select pg_try_advisory_xact_lock($1)", _REPAIR_LOCK)
        )

    async def waits_as_run(self, flow_run_id: UUID) -> bool:
        """Whether the job that this flow run shows is in the queue."""
        return bool(
            await self._statements.value(
                """
                select exists (
                    select from captionacc.jobs where flow_run_id = $1 and state = 'queued'
                )
                """,
                flow_run_id,
            )
        )

    async def videos_with_work(self, video_ids: Collection[UUID]) -> set[UUID]:
        """Those of the videos that have a waiting or a running job."""
        found = await self._statements.values(
            """
            select distinct video_id from captionacc.jobs
            where video_id = any($1::uuid[]) and state in ('queued', 'running')
            """,
            list(video_ids),
        )
        return set(found)

"""Queries that only the reconciler uses: its lock, and checks of runs and jobs."""

from collections.abc import Collection
from uuid import UUID

from captionacc_supabase.connection.statements import Statements

# An arbitrary number; nothing else in this database takes this advisory lock.
_REPAIR_LOCK = 0x63617074


class Repairing:
    """Queries of the reconciler; available as ``session.repairing``."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def try_lock(self) -> bool:
        """Take the reconciler's lock until the transaction ends; false when it is taken."""
        return bool(
            await self._statements.value("select pg_try_advisory_xact_lock($1)", _REPAIR_LOCK)
        )

    async def videos_with_work(self, video_ids: Collection[UUID]) -> set[UUID]:
        """Return the ids of these videos that have a waiting or running job."""
        found = await self._statements.values(
            """
            select distinct video_id from captionacc.jobs
            where video_id = any($1::uuid[]) and state in ('queued', 'running')
            """,
            list(video_ids),
        )
        return set(found)

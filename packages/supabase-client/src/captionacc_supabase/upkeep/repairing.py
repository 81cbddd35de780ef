"""Queries that only the reconciler uses: checks of runs and jobs."""

from collections.abc import Collection
from uuid import UUID

from captionacc_supabase.connection.statements import Statements


class Repairing:
    """Queries of the reconciler; available as ``session.repairing``."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

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

"""Removes history that is older than its settings say, a bounded number of rows per pass."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from captionacc_supabase.database import Database
from captionacc_supabase.session import Session
from captionacc_supabase.upkeep.retention import FIRST_JOB, JobPlace

from captionacc_flow_worker.upkeep.repairs import Repairs

# A transaction of this many rows takes some tens of milliseconds.
_BATCH = 1000
# Of a pass of the reconciler. With a backlog, the next pass goes on: a million rows an hour.
_LIMIT_S = 5.0
# When nothing is left to remove, the next look can wait.
_PERIOD_S = 3600.0


class HistoryAges(msgspec.Struct, frozen=True, kw_only=True):
    """Days for which history is kept; 0 keeps it for good.

    ``caption_versions_kept`` of each video stay whatever their age.
    """

    events_days: float
    jobs_days: float
    usage_days: float
    caption_versions_days: float
    caption_versions_kept: int
    people_days: float


class OldHistory:
    """Remembers how far it got among the jobs, most of which stay."""

    def __init__(self, database: Database, ages: HistoryAges) -> None:
        self._database = database
        self._ages = ages
        self._after_job = FIRST_JOB
        self._done_at = float("-inf")

    async def remove(self, repairs: Repairs) -> None:
        """Remove batch after batch until nothing is left or the time is up."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._done_at < _PERIOD_S:
            return
        ages = self._ages
        until = loop.time() + _LIMIT_S
        for kind, days, remove in (
            ("old_events_removed", ages.events_days, self._events),
            ("old_usage_added_up", ages.usage_days, self._usage),
            ("old_caption_versions_removed", ages.caption_versions_days, self._caption_versions),
            ("old_people_removed", ages.people_days, self._people),
            ("old_jobs_removed", ages.jobs_days, self._jobs),
        ):
            if days and not await self._all(kind, remove, until, repairs):
                return
        self._done_at = loop.time()

    async def _all(
        self,
        kind: str,
        remove: Callable[[Session], Awaitable[tuple[int, bool]]],
        until: float,
        repairs: Repairs,
    ) -> bool:
        """Remove batches; return whether nothing is left."""
        more = True
        while more:
            if asyncio.get_running_loop().time() > until:
                return False
            async with self._database.transaction() as session:
                removed, more = await remove(session)
            repairs.add(kind, removed)
        return True

    async def _events(self, session: Session) -> tuple[int, bool]:
        removed = await session.retention.remove_events(self._ages.events_days, _BATCH)
        return removed, removed == _BATCH

    async def _usage(self, session: Session) -> tuple[int, bool]:
        removed = await session.retention.remove_usage(self._ages.usage_days, _BATCH)
        return removed, removed == _BATCH

    async def _caption_versions(self, session: Session) -> tuple[int, bool]:
        removed = await session.retention.remove_caption_versions(
            self._ages.caption_versions_days, self._ages.caption_versions_kept, _BATCH
        )
        return removed, removed == _BATCH

    async def _people(self, session: Session) -> tuple[int, bool]:
        removed = await session.retention.remove_people(self._ages.people_days, _BATCH)
        return removed, removed == _BATCH

    async def _jobs(self, session: Session) -> tuple[int, bool]:
        last, removed = await session.retention.remove_jobs(
            self._after_job, self._ages.jobs_days, _BATCH
        )
        found: JobPlace | None = last
        self._after_job = found or FIRST_JOB
        return removed, found is not None

"""What operators change, and the record of who changed what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.web.operators import LATEST_FAILED, OperatorJob, OperatorJobPage
from captionacc_contracts.work.priority import PriorityScore

from captionacc_supabase.announcements import Announcements
from captionacc_supabase.connection.counted_pages import counted_page
from captionacc_supabase.connection.statements import Statements, decode

_COLUMNS = """
j.id as job_id, j.video_id, v.display_name, j.tenant_id, j.tier, j.kind, j.state, j.attempt,
j.requested_at, j.started_at, j.ended_at, j.error, j.flow_run_id, count(*) over () as total
"""
# A person, or the worker, may have asked for the same work again since.
_FAILED = """
from captionacc.jobs j join captionacc.videos v on v.id = j.video_id
where j.state = 'error' and ($1::uuid is null or j.tenant_id = $1)
    and ($2::text is null or j.error ->> 'code' = $2)
    and ($3::timestamptz is null or j.ended_at >= $3)
    and not exists (
        select from captionacc.jobs later
        where later.video_id = j.video_id and later.kind = j.kind
            and (later.requested_at, later.id) > (j.requested_at, j.id)
    )
"""

_LATEST_FAILED = f"""
from (
    select * from captionacc.jobs
    where state = 'error' and ($1::uuid is null or tenant_id = $1)
        and ($2::text is null or error ->> 'code' = $2)
        and ($3::timestamptz is null or ended_at >= $3)
    order by ended_at desc limit {LATEST_FAILED}
) j join captionacc.videos v on v.id = j.video_id
where j.id = (
    select latest.id from captionacc.jobs latest
    where latest.video_id = j.video_id and latest.kind = j.kind
    order by latest.requested_at desc, latest.id desc limit 1
)
"""  # noqa: S608  fixed texts


class Operators:
    """Available as ``session.operators``."""

    def __init__(self, statements: Statements, announcements: Announcements) -> None:
        self._statements = statements
        self._announcements = announcements

    async def note(
        self,
        operator_id: UUID,
        action: str,
        data: Any,
        *,
        tenant_id: UUID | None = None,
        job_id: UUID | None = None,
    ) -> None:
        """Record what an operator did, in the transaction that does it."""
        await self._statements.run(
            """
            insert into captionacc.operator_actions (operator_id, action, tenant_id, job_id, data)
            values ($1, $2, $3, $4, $5)
            """,
            operator_id,
            action,
            tenant_id,
            job_id,
            data,
        )

    async def set_score(
        self, job_id: UUID, score: PriorityScore, *, base_override: float | None, policy_number: int
    ) -> None:
        """Give a waiting job another score, and wake the workers.

        A later policy scores the job anew with ``base_override``.

        Raises:
            PermanentError: ``state_conflict``; the job does not wait.
        """
        changed = await self._statements.value(
            """
            update captionacc.jobs set
                static_score = $2, priority = $3, base_override = $4, policy_number = $5
            where id = $1 and state = 'queued' returning id
            """,
            job_id,
            score.static_score,
            score.priority,
            base_override,
            policy_number,
        )
        if changed is None:
            raise PermanentError(
                ErrorCode.STATE_CONFLICT,
                f"Job {job_id} does not wait any more, so its priority has no effect.",
            )
        self._announcements.queued(job_id)

    async def failed_jobs(
        self,
        *,
        tenant_id: UUID | None,
        error_code: ErrorCode | None,
        since: datetime | None,
        limit: int,
    ) -> list[UUID]:
        """Jobs that ended in error and have no later job of the same kind, the latest first."""
        return await self._statements.values(
            f"select j.id {_FAILED} order by j.ended_at desc, j.id limit $4",
            tenant_id,
            error_code,
            since,
            limit,
        )

    async def failed_page(
        self,
        *,
        tenant_id: UUID | None,
        error_code: ErrorCode | None,
        since: datetime | None,
        limit: int,
        offset: int,
    ) -> OperatorJobPage:
        """A page of the jobs that :meth:`failed_jobs` finds among the latest 500 failed jobs."""
        return _page(
            *await counted_page(
                self._statements,
                f"select {_COLUMNS} {_LATEST_FAILED} order by j.ended_at desc, j.id",
                tenant_id,
                error_code,
                since,
                limit=limit,
                offset=offset,
            )
        )

    async def running_page(self, *, limit: int, offset: int) -> OperatorJobPage:
        """A page of the jobs that run now, the latest first."""
        return _page(
            *await counted_page(
                self._statements,
                f"""
                select {_COLUMNS}
                from captionacc.jobs j join captionacc.videos v on v.id = j.video_id
                where j.state = 'running' order by j.started_at desc, j.id
                """,  # noqa: S608  fixed texts
                limit=limit,
                offset=offset,
            )
        )


def _page(records: Sequence[asyncpg.Record], total: int) -> OperatorJobPage:
    items = [decode(dict(record), OperatorJob) for record in records]
    return OperatorJobPage(items=items, total=total)

"""What every repository of jobs shares: decoding a row, locking its video, saying what happened."""

from typing import Any
from uuid import UUID

import asyncpg
from captionacc_contracts.errors import ErrorReport
from captionacc_contracts.events import EventKind
from captionacc_contracts.work.jobs import JobKind

from captionacc_supabase.announcements import Announcements
from captionacc_supabase.connection.statements import Statements, decode
from captionacc_supabase.rows import Job, Lease
from captionacc_supabase.video.leftovers import fail_versions_of
from captionacc_supabase.video.status import Statuses


def decode_job(record: asyncpg.Record) -> Job:
    """A row of ``jobs`` with its lease columns gathered."""
    lease = None
    if record["lease_token"] is not None:
        lease = Lease(
            job_id=record["id"],
            owner=record["lease_owner"],
            token=record["lease_token"],
            expires_at=record["lease_expires_at"],
        )
    return decode({**record, "lease": lease}, Job)


class JobRows:
    """Base of the repositories.

    Whoever changes a job's state locks its video first, then the job: one order for all, so that
    no two transactions wait for each other.
    """

    def __init__(
        self, statements: Statements, announcements: Announcements, statuses: Statuses
    ) -> None:
        self._statements = statements
        self._announcements = announcements
        self._statuses = statuses

    async def _job(self, sql: str, *arguments: object) -> Job | None:
        records = await self._statements.records(sql, *arguments)
        return decode_job(records[0]) if records else None

    async def _jobs(self, sql: str, *arguments: object) -> list[Job]:
        return [decode_job(record) for record in await self._statements.records(sql, *arguments)]

    async def _lock_video_of(self, job_id: UUID) -> None:
        await self._statements.run(
            """
            select from captionacc.videos
            where id = (select video_id from captionacc.jobs where id = $1)
            for no key update
            """,
            job_id,
        )

    async def _stands_alone(self, job: Job) -> bool:
        """Whether no other live job decides the status of the same video.

        Jobs that read captions do not decide it; ``Statuses`` tells their captions apart.
        """
        if job.kind in (JobKind.CAPTION_OCR, JobKind.CAPTIONS_OCR):
            return True
        return not await self._statements.value(
            """
            select exists (
                select from captionacc.jobs
                where video_id = $1 and kind = $2 and id <> $3 and state in ('queued', 'running')
                    and not cancel_requested
            )
            """,
            job.video_id,
            job.kind,
            job.id,
        )

    async def _drop_version(self, job: Job) -> None:
        await fail_versions_of(self._statements, [job.id])

    async def _end_progress(self, job: Job) -> None:
        """Stop showing how far the job is."""
        await self._statements.run(
            "update captionacc.videos set progress = null where id = $1 and progress is not null",
            job.video_id,
        )

    async def _after_cancel(self, job: Job) -> None:
        """What follows when ``job`` has become cancelled."""
        await self._drop_version(job)
        await self._end_progress(job)
        if await self._stands_alone(job):
            await self._statuses.undo(job)
        self._announce(job, EventKind.JOB_CANCELLED)

    def _announce(self, job: Job, kind: EventKind, error: ErrorReport | None = None) -> None:
        data: dict[str, Any] = {
            "kind": job.kind.value,
            "priority": job.priority,
            "attempt": job.attempt,
        }
        if error is not None:
            data["error"] = error
        self._announcements.event(job.tenant_id, kind, data, video_id=job.video_id, job_id=job.id)

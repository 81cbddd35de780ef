"""Rows of jobs: decoding a row, locking its video, and the effects of a change of state."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import asyncpg
from captionacc_contracts.errors import ErrorReport
from captionacc_contracts.events import EventKind
from captionacc_contracts.work.jobs import JobKind

from captionacc_supabase.announcements import Announcements
from captionacc_supabase.connection.statements import Statements, decode
from captionacc_supabase.jobs.unfinished_versions import fail_versions_of
from captionacc_supabase.rows import Job, Lease
from captionacc_supabase.statuses import Statuses


def decode_job(record: asyncpg.Record) -> Job:
    """Decode a row of ``jobs``; its lease columns become ``Job.lease``."""
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
    """Reads and changes rows of ``jobs`` for the classes beside this module.

    A transaction that changes a job's state locks the job's video first and then the job. Because
    all transactions keep this order, two of them cannot wait for each other.
    """

    def __init__(
        self, statements: Statements, announcements: Announcements, statuses: Statuses
    ) -> None:
        self.statements = statements
        self.announcements = announcements
        self.statuses = statuses

    async def job(self, sql: str, *arguments: object) -> Job | None:
        records = await self.statements.records(sql, *arguments)
        return decode_job(records[0]) if records else None

    async def jobs(self, sql: str, *arguments: object) -> list[Job]:
        return [decode_job(record) for record in await self.statements.records(sql, *arguments)]

    async def get(self, job_id: UUID) -> Job | None:
        return await self.job(
            """
            select j.*, v.display_name as video_name
            from captionacc.jobs j join captionacc.videos v on v.id = j.video_id
            where j.id = $1
            """,
            job_id,
        )

    async def get_many(self, job_ids: Collection[UUID]) -> list[Job]:
        """Those of the jobs that exist."""
        return await self.jobs(
            "select * from captionacc.jobs where id = any($1::uuid[])", list(job_ids)
        )

    async def lock_video_of(self, job_id: UUID) -> None:
        await self.statements.run(
            """
            select from captionacc.videos
            where id = (select video_id from captionacc.jobs where id = $1)
            for no key update
            """,
            job_id,
        )

    async def decides_status(self, job: Job) -> bool:
        """Whether the end of ``job`` sets the status of its rows.

        It does not while another live job of the same kind works on the video. A job that reads
        captions always sets the status of its captions: ``Statuses`` leaves out those captions
        that another live job reads.
        """
        if job.kind in (JobKind.CAPTION_OCR, JobKind.CAPTIONS_OCR):
            return True
        return not await self.statements.value(
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

    async def drop_version(self, job: Job) -> None:
        """Mark the version of cropped frames that ``job`` was writing as failed."""
        await fail_versions_of(self.statements, [job.id])

    async def end_progress(self, job: Job) -> None:
        """Stop showing the progress of the job."""
        await self.statements.run(
            "update captionacc.videos set progress = null where id = $1 and progress is not null",
            job.video_id,
        )

    async def after_cancel(self, job: Job) -> None:
        """Update what depends on ``job`` after its state became ``cancelled``."""
        await self.drop_version(job)
        await self.end_progress(job)
        if await self.decides_status(job):
            await self.statuses.undo(job)
        self.announce(job, EventKind.JOB_CANCELLED)

    def announce(self, job: Job, kind: EventKind, error: ErrorReport | None = None) -> None:
        """Append an event about ``job`` to the tenant's trail."""
        data: dict[str, Any] = {
            "kind": job.kind.value,
            "priority": job.priority,
            "attempt": job.attempt,
        }
        if error is not None:
            data["error"] = error
        self.announcements.event(job.tenant_id, kind, data, video_id=job.video_id, job_id=job.id)

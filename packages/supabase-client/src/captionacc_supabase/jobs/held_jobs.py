"""Writes of a running job by the holder of its lease; each names the fencing token."""

from collections.abc import Sequence
from uuid import UUID

from captionacc_contracts.errors import ErrorCode, ErrorReport
from captionacc_contracts.events import EventKind
from captionacc_contracts.work.compute import ComputeCall
from captionacc_contracts.work.jobs import MAX_ATTEMPTS

from captionacc_supabase.connection.errors import cancel_requested, lease_lost
from captionacc_supabase.jobs.job_rows import JobRows
from captionacc_supabase.rows import Job, Lease
from captionacc_supabase.statuses import Step


class HeldJobs:
    """Methods that take a lease raise ``TransientError`` ``lease_lost`` when it was lost."""

    def __init__(self, rows: JobRows) -> None:
        self._rows = rows

    async def renew(self, owner: str, tokens: Sequence[int], lease_s: float) -> set[int]:
        """Renew the leases; return the fencing tokens that ``owner`` still holds.

        A lease that expired is renewed too, unless another worker has taken the job over.
        """
        renewed = await self._rows.statements.values(
            """
            with held as (
                select id from captionacc.jobs
                where lease_owner = $1 and lease_token = any($2::bigint[]) and state = 'running'
                order by id for update
            )
            update captionacc.jobs j
            set lease_expires_at = now() + make_interval(secs => $3)
            from held where j.id = held.id
            returning j.lease_token
            """,
            owner,
            list(tokens),
            lease_s,
        )
        return set(renewed)

    async def cancel_requests(self, owner: str) -> list[UUID]:
        """Return jobs that ``owner`` runs and must stop, in case a wake-up was lost."""
        return await self._rows.statements.values(
            """
            select id from captionacc.jobs
            where lease_owner = $1 and state = 'running' and cancel_requested
            """,
            owner,
        )

    async def hold(self, lease: Lease) -> Job:
        """Lock the leased job and its video before this transaction publishes a result.

        Raises:
            PermanentError: ``cancelled`` when the job is to stop.
        """
        await self._rows.lock_video_of(lease.job_id)
        job = await self._rows.job(
            """
            select * from captionacc.jobs
            where id = $1 and lease_token = $2 and lease_expires_at > now() for update
            """,
            lease.job_id,
            lease.token,
        )
        if job is None:
            raise lease_lost(lease.job_id)
        if job.cancel_requested:
            raise cancel_requested(lease.job_id)
        return job

    async def set_compute_call(self, lease: Lease, call: ComputeCall | None) -> None:
        """Store the call id so that a later attempt attaches to the call."""
        found = await self._rows.statements.value(
            """
            update captionacc.jobs set compute_call = $3
            where id = $1 and lease_token = $2 and lease_expires_at > now()
            returning id
            """,
            lease.job_id,
            lease.token,
            call,
        )
        if found is None:
            raise lease_lost(lease.job_id)

    async def release(self, lease: Lease) -> Job:
        """Give the job back to the queue; the attempt does not count."""
        return await self._requeue(lease, uncount=1, delay_s=0, error=None)

    async def retry(self, lease: Lease, error: ErrorReport, delay_s: float) -> Job:
        """Give the job back to the queue, to be claimed again after ``delay_s`` at the earliest."""
        return await self._requeue(lease, uncount=0, delay_s=delay_s, error=error)

    async def wait(self, lease: Lease, error: ErrorReport, delay_s: float = 0) -> Job:
        """Give the job back because a service is away; the attempt does not count."""
        return await self._requeue(lease, uncount=1, delay_s=delay_s, error=error)

    async def is_held(self, lease: Lease) -> bool:
        """Whether the lease still runs."""
        return bool(
            await self._rows.statements.value(
                """
                select exists (
                    select from captionacc.jobs
                    where id = $1 and lease_token = $2 and lease_expires_at > now()
                )
                """,
                lease.job_id,
                lease.token,
            )
        )

    async def _requeue(
        self, lease: Lease, *, uncount: int, delay_s: float, error: ErrorReport | None
    ) -> Job:
        await self._rows.lock_video_of(lease.job_id)
        job = await self._rows.job(
            """
            update captionacc.jobs set
                state = case when cancel_requested then 'cancelled' else 'queued' end,
                ended_at = case when cancel_requested then now() end,
                attempt = attempt - $3,
                not_before = case when $4::float8 > 0 then now() + make_interval(secs => $4) end,
                error = $5, lease_owner = null, lease_token = null, lease_expires_at = null
            where id = $1 and lease_token = $2 and lease_expires_at > now()
            returning *
            """,
            lease.job_id,
            lease.token,
            uncount,
            float(delay_s),
            error,
        )
        if job is None:
            raise lease_lost(lease.job_id)
        await self._after_requeue(job, error)
        return job

    async def _after_requeue(self, job: Job, error: ErrorReport | None) -> None:
        if job.cancel_requested:
            await self._rows.after_cancel(job)
            return
        await self._rows.end_progress(job)
        await self._rows.statuses.follow(job, Step.QUEUED)
        self._rows.announce(
            job, EventKind.JOB_QUEUED if error is None else EventKind.JOB_RETRYING, error
        )
        self._rows.announcements.queued(job.id)

    async def fail(self, lease: Lease, error: ErrorReport) -> Job:
        """End the job in error, and set the rows that it worked for to error."""
        await self._rows.lock_video_of(lease.job_id)
        job = await self._rows.job(
            """
            update captionacc.jobs set
                state = 'error', error = $3, ended_at = now(),
                lease_owner = null, lease_token = null, lease_expires_at = null
            where id = $1 and lease_token = $2 and lease_expires_at > now()
            returning *
            """,
            lease.job_id,
            lease.token,
            error,
        )
        if job is None:
            raise lease_lost(lease.job_id)
        await self._after_failure(job, error)
        return job

    async def _after_failure(self, job: Job, error: ErrorReport) -> None:
        await self._rows.drop_version(job)
        await self._rows.end_progress(job)
        if await self._rows.decides_status(job):
            await self._rows.statuses.follow(job, Step.ERROR, error)
        self._rows.announce(job, EventKind.JOB_ERROR, error)

    async def cancelled(self, lease: Lease) -> Job:
        """End the job as cancelled; its rows return to a state from which a person can continue."""
        await self._rows.lock_video_of(lease.job_id)
        job = await self._rows.job(
            """
            update captionacc.jobs set
                state = 'cancelled', cancel_requested = true, ended_at = now(),
                lease_owner = null, lease_token = null, lease_expires_at = null
            where id = $1 and lease_token = $2 and lease_expires_at > now()
            returning *
            """,
            lease.job_id,
            lease.token,
        )
        if job is None:
            raise lease_lost(lease.job_id)
        await self._rows.after_cancel(job)
        return job

    async def done(self, job: Job, result: object) -> Job:
        """End a job with its result; :meth:`hold` locked the job in this transaction."""
        ended = await self._rows.job(
            """
            update captionacc.jobs set
                state = 'done', result = $2, error = null, ended_at = now(),
                lease_owner = null, lease_token = null, lease_expires_at = null
            where id = $1 and state = 'running'
            returning *
            """,
            job.id,
            result,
        )
        if ended is None:
            raise lease_lost(job.id)
        await self._rows.end_progress(job)
        self._rows.announce(ended, EventKind.JOB_DONE)
        return ended

    async def reclaim_expired(
        self, *, max_attempts: int = MAX_ATTEMPTS, limit: int = 100
    ) -> list[Job]:
        """Requeue jobs whose lease expired; after ``max_attempts``, end them in error.

        Any number of workers may do so at the same time: each takes the jobs of the videos that
        nobody has locked.
        """
        candidates = await self._rows.statements.records(
            """
            select j.id from captionacc.jobs j join captionacc.videos v on v.id = j.video_id
            where j.state = 'running' and j.lease_expires_at <= now()
            order by j.lease_expires_at limit $1 for no key update of v skip locked
            """,
            limit,
        )
        exhausted = ErrorReport(
            code=ErrorCode.ATTEMPTS_EXHAUSTED,
            message=f"The work was interrupted {max_attempts} times; request it again to retry.",
            stage="reclaim",
        )
        reclaimed: list[Job] = []
        for candidate in candidates:
            job = await self._rows.job(
                """
                update captionacc.jobs set
                    state = case when cancel_requested then 'cancelled'
                        when attempt >= $2 then 'error' else 'queued' end,
                    ended_at = case when cancel_requested or attempt >= $2 then now() end,
                    error = case when not cancel_requested and attempt >= $2 then $3::jsonb
                        else error end,
                    lease_owner = null, lease_token = null, lease_expires_at = null
                where id = $1 and state = 'running' and lease_expires_at <= now()
                returning *
                """,
                candidate["id"],
                max_attempts,
                exhausted,
            )
            if job is None:
                continue
            if job.ended_at is not None and not job.cancel_requested:
                await self._after_failure(job, exhausted)
            else:
                await self._after_requeue(job, None)
            reclaimed.append(job)
        return reclaimed

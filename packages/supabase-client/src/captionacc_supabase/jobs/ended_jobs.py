"""Ended jobs that left something behind: a compute call or a flow run."""

from collections.abc import Collection
from uuid import UUID

from captionacc_contracts.work.compute import ComputeCall

from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.jobs.job_rows import decode_job
from captionacc_supabase.rows import Job


class EndedJobs:
    """Queries for the repairs of the flow worker."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def with_compute_call(self, limit: int) -> list[Job]:
        """Jobs that failed or were cancelled during the last day and still name a compute call.

        A video with other work under way is left out: that work may have attached to the call.
        """
        return await self._jobs(
            """
            select j.* from captionacc.jobs j
            where j.state in ('error', 'cancelled') and j.compute_call is not null
                and j.ended_at > now() - interval '1 day'
                and not exists (
                    select from captionacc.jobs live
                    where live.video_id = j.video_id and live.state in ('queued', 'running')
                )
            order by j.ended_at limit $1
            """,
            limit,
        )

    async def forget_compute_call(self, job: Job, call: ComputeCall) -> None:
        """Remove ``call`` from the job's row.

        Nothing changes when the row names another call, or when the job runs under another lease
        than the one that ``job`` shows.
        """
        await self._statements.run(
            """
            update captionacc.jobs set compute_call = null
            where id = $1 and compute_call ->> 'call_id' = $2
                and (state in ('error', 'cancelled') or lease_token = $3)
            """,
            job.id,
            call.call_id,
            None if job.lease is None else job.lease.token,
        )

    async def without_flow_run(self, limit: int) -> list[Job]:
        """Jobs that ended during the last week while Prefect was away, and that it still lacks.

        The worker of such a job reports it within seconds after Prefect is back, unless that worker
        has ended. So a job counts 20 seconds after its end at the earliest.
        """
        return await self._jobs(
            """
            select j.*, v.display_name as video_name
            from captionacc.jobs j join captionacc.videos v on v.id = j.video_id
            where j.flow_run_id is null and j.state in ('done', 'error')
                and j.ended_at between now() - interval '7 days' and now() - interval '20 seconds'
            order by j.ended_at limit $1
            """,
            limit,
        )

    async def ended_among(self, job_ids: Collection[UUID], settled_s: float) -> list[Job]:
        """Those of the jobs that were cancelled, or ended ``settled_s`` seconds ago or earlier."""
        return await self._jobs(
            """
            select * from captionacc.jobs
            where id = any($1::uuid[]) and (
                state = 'cancelled'
                or state in ('done', 'error') and ended_at < now() - make_interval(secs => $2)
            )
            """,
            list(job_ids),
            settled_s,
        )

    async def _jobs(self, sql: str, *arguments: object) -> list[Job]:
        return [decode_job(record) for record in await self._statements.records(sql, *arguments)]

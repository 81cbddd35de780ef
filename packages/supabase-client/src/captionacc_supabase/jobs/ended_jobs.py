"""Ended jobs that left something behind: a compute call or a flow run."""

from datetime import datetime
from uuid import UUID

import msgspec
from captionacc_contracts.work.compute import ComputeCall

from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.jobs.job_rows import decode_job
from captionacc_supabase.rows import Job


class CancelledRun(msgspec.Struct, frozen=True, kw_only=True):
    """The flow run of a cancelled job."""

    flow_run_id: UUID
    ended_at: datetime


class EndedJobs:
    """Queries for the repairs of the flow worker."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def with_compute_call(self, limit: int) -> list[Job]:
        """Jobs that failed or were cancelled during the last day and still name a compute call.

        A video with other work under way is left out: that work may have attached to the call.
        """
        records = await self._statements.records(
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
        return [decode_job(record) for record in records]

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

    async def cancelled_runs(self, within_s: float, limit: int) -> list[CancelledRun]:
        """Flow runs of the jobs that were cancelled during the last ``within_s`` seconds.

        A run that now shows a later job is left out; the later job decides its state.
        """
        return await self._statements.rows(
            CancelledRun,
            """
            select flow_run_id, ended_at from captionacc.jobs ended
            where state = 'cancelled' and flow_run_id is not null
                and ended_at > now() - make_interval(secs => $1)
                and not exists (
                    select from captionacc.jobs later
                    where later.video_id = ended.video_id
                        and later.flow_run_id = ended.flow_run_id
                        and (later.requested_at, later.id) > (ended.requested_at, ended.id)
                )
            order by ended_at desc limit $2
            """,
            within_s,
            limit,
        )

    async def cancelled_without_run(self, within_s: float, limit: int) -> list[UUID]:
        """Jobs that were cancelled during the last ``within_s`` seconds and name no flow run."""
        return await self._statements.values(
            """
            select id from captionacc.jobs
            where state = 'cancelled' and flow_run_id is null
                and ended_at > now() - make_interval(secs => $1)
            order by ended_at desc limit $2
            """,
            within_s,
            limit,
        )

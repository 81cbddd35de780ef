"""Waiting jobs: the heads of the queue, and the claim of a job by a worker."""

from collections.abc import Collection, Mapping
from uuid import UUID

from captionacc_contracts.events import EventKind
from captionacc_contracts.work.jobs import JobKind

from captionacc_supabase.jobs.job_rows import JobRows
from captionacc_supabase.rows import Job, QueueHead, RunningJobs
from captionacc_supabase.statuses import Step

# An arbitrary number; nothing else in this database takes this advisory lock.
_TURNS_LOCK = 0x7475726E


class WaitingJobs:
    def __init__(self, rows: JobRows) -> None:
        self._rows = rows

    async def heads(self, kinds: Collection[JobKind] = tuple(JobKind)) -> list[QueueHead]:
        """A few jobs of these ``kinds`` that include the best job to run now.

        This holds for all constants of the policy. Jobs of one tenant, static score and ageing rule
        always rank oldest first, so the oldest job represents them. Tenants with nothing in
        progress have the same fair share, so the oldest of their jobs represents all jobs of a
        static score and ageing rule. Jobs that may not run yet, or whose tenant has reached its
        limit, are left out.

        The tenant of a head may have videos that have begun, with jobs of the same static score and
        ageing rule. Then the next job of the first of these videos takes the head's place, unless
        the head has waited for 12 hours. ``requested_at`` stays that of the oldest job, so the turn
        of the tenant comes neither sooner nor later.
        """
        return await self._rows.statements.rows(
            QueueHead,
            """
            with recursive waiting as not materialized (
                select id, tenant_id, static_score, ageing, requested_at
                from captionacc.jobs
                where state = 'queued' and kind = any($1::text[])
                    and (not_before is null or not_before <= now())
            ),
            -- Tenants that run jobs now, and whether each may run one more.
            busy as materialized (
                select r.tenant_id, t.max_concurrent_jobs is null
                    or count(*) < t.max_concurrent_jobs as has_room
                from captionacc.jobs r join captionacc.tenants t on t.id = r.tenant_id
                where r.state = 'running'
                group by r.tenant_id, t.max_concurrent_jobs
            ),
            -- The distinct pairs of static score and ageing rule. Each step of the recursion takes
            -- the next greater pair from the index jobs_waiting, so it reads one row per pair
            -- instead of every waiting job.
            scores as (
                (
                    select static_score, ageing from captionacc.jobs where state = 'queued'
                    order by static_score, ageing limit 1
                )
                union all
                select further.static_score, further.ageing
                from scores s cross join lateral (
                    select static_score, ageing from captionacc.jobs
                    where state = 'queued' and (static_score, ageing) > (s.static_score, s.ageing)
                    order by static_score, ageing limit 1
                ) further
            ),
            heads as (
            -- Tenants that run nothing: one head per pair stands for all of them.
            select head.id as job_id, head.tenant_id, head.static_score, head.ageing,
                head.requested_at
            from scores s cross join lateral (
                select * from waiting w
                where w.static_score = s.static_score and w.ageing = s.ageing
                    and w.tenant_id not in (select tenant_id from busy)
                order by w.requested_at, w.id limit 1
            ) head
            union all
            -- Tenants that run jobs have different fair shares: one head per tenant and pair.
            select head.id, head.tenant_id, head.static_score, head.ageing, head.requested_at
            from busy b cross join scores s cross join lateral (
                select * from waiting w
                where w.tenant_id = b.tenant_id and w.static_score = s.static_score
                    and w.ageing = s.ageing
                order by w.requested_at, w.id limit 1
            ) head
            where b.has_room
            )
            select coalesce(nearest.id, h.job_id) as job_id, h.tenant_id, h.static_score, h.ageing,
                h.requested_at
            from heads h left join lateral (
                -- The condition and the order are those of the index jobs_that_go_on.
                select f.id from captionacc.jobs f
                where f.state = 'queued'
                    and f.kind in ('crop_and_infer', 'captions_ocr', 'caption_ocr')
                    and f.tenant_id = h.tenant_id and f.static_score = h.static_score
                    and f.ageing = h.ageing and h.requested_at > now() - interval '12 hours'
                    and f.kind = any($1::text[])
                    and (f.not_before is null or f.not_before <= now())
                order by f.video_requested_at, f.requested_at, f.id limit 1
            ) nearest on true
            """,
            list(kinds),
        )

    async def in_progress(self) -> dict[UUID, int]:
        """How many jobs each tenant runs now; tenants without running jobs are left out."""
        rows = await self._rows.statements.records(
            """
            select tenant_id, count(*) as running from captionacc.jobs
            where state = 'running' group by tenant_id
            """
        )
        return {row["tenant_id"]: row["running"] for row in rows}

    async def running(self) -> list[RunningJobs]:
        """How many jobs run now on all workers, by kind and queue."""
        return await self._rows.statements.rows(
            RunningJobs,
            """
            select kind, static_score, ageing, count(*)::int as count
            from captionacc.jobs where state = 'running' group by kind, static_score, ageing
            """,
        )

    async def take_turns(self) -> None:
        """Hold off other callers of this method until the transaction ends.

        Two claims at the same moment then cannot both take the last place below a limit.
        """
        await self._rows.statements.run("select pg_advisory_xact_lock($1)", _TURNS_LOCK)

    async def claim(
        self, job_id: UUID, owner: str, lease_s: float, *, tenant_limit: int | None = None
    ) -> Job | None:
        """Claim the job for ``owner``.

        ``tenant_limit`` is the limit of running jobs for tenants whose row has none.

        Returns null when another worker was faster, when the job may not run yet, or when its
        tenant has reached its limit.
        """
        if not await self._tenant_has_room(job_id, tenant_limit):
            return None
        await self._rows.lock_video_of(job_id)
        job = await self._rows.job(
            """
            update captionacc.jobs set
                state = 'running', attempt = attempt + 1, not_before = null,
                lease_owner = $2, lease_token = nextval('captionacc.lease_tokens'),
                lease_expires_at = now() + make_interval(secs => $3),
                started_at = coalesce(started_at, now())
            where id = $1 and state = 'queued' and (not_before is null or not_before <= now())
            returning *, (
                select display_name from captionacc.videos v where v.id = video_id
            ) as video_name
            """,
            job_id,
            owner,
            lease_s,
        )
        if job is None:
            return None
        await self._rows.statuses.follow(job, Step.PROCESSING)
        self._rows.announce(job, EventKind.JOB_STARTED)
        return job

    async def _tenant_has_room(self, job_id: UUID, default_limit: int | None) -> bool:
        # The lock makes claims for one tenant take turns, so that two workers can't pass the limit.
        tenant = await self._rows.statements.records(
            """
            select t.id, coalesce(t.max_concurrent_jobs, $2) as most from captionacc.tenants t
            where t.id = (select tenant_id from captionacc.jobs where id = $1)
            for no key update
            """,
            job_id,
            default_limit,
        )
        if not tenant or tenant[0]["most"] is None:
            return bool(tenant)
        running = await self._rows.statements.value(
            "select count(*) from captionacc.jobs where tenant_id = $1 and state = 'running'",
            tenant[0]["id"],
        )
        return int(running) < int(tenant[0]["most"])

    async def set_flow_run(self, job_id: UUID, flow_run_id: UUID) -> None:
        """Store the flow run that shows the job, unless the job already has one."""
        await self._rows.statements.run(
            """
            update captionacc.jobs set flow_run_id = $2 where id = $1 and flow_run_id is null
            """,
            job_id,
            flow_run_id,
        )

    async def set_flow_runs(self, run_of_job: Mapping[UUID, UUID]) -> None:
        """Store the flow runs of many jobs; skip jobs that another transaction has locked."""
        await self._rows.statements.run(
            """
            with made as (
                select j.id, pairs.run
                from unnest($1::uuid[], $2::uuid[]) as pairs (job, run)
                join captionacc.jobs j on j.id = pairs.job
                where j.flow_run_id is null
                -- Waiting for a row while holding locks on other rows could deadlock.
                for no key update of j skip locked
            )
            update captionacc.jobs j set flow_run_id = made.run from made where j.id = made.id
            """,
            list(run_of_job),
            list(run_of_job.values()),
        )

    async def without_flow_run(self, limit: int) -> list[Job]:
        """Waiting jobs without a flow run, oldest first."""
        return await self._rows.jobs(
            """
            select j.*, v.display_name as video_name
            from captionacc.jobs j join captionacc.videos v on v.id = j.video_id
            where j.state = 'queued' and j.flow_run_id is null
            order by j.requested_at limit $1
            """,
            limit,
        )

    async def with_flow_run(self, limit: int, after: Job | None = None) -> list[Job]:
        """Waiting jobs that name a flow run, in the order of the queue, from the one ``after``."""
        return await self._rows.jobs(
            """
            select j.*, v.display_name as video_name
            from captionacc.jobs j join captionacc.videos v on v.id = j.video_id
            where j.state = 'queued' and j.flow_run_id is not null
                and ($1::float8 is null
                    or (j.static_score, j.ageing, j.requested_at, j.id) > ($1, $2, $3, $4))
            order by j.static_score, j.ageing, j.requested_at, j.id limit $5
            """,
            None if after is None else after.static_score,
            None if after is None else after.ageing,
            None if after is None else after.requested_at,
            None if after is None else after.id,
            limit,
        )

    async def replace_flow_run(self, job: Job, flow_run_id: UUID) -> None:
        """Store another flow run for the job, unless its row has changed its run meanwhile."""
        await self._rows.statements.run(
            """
            update captionacc.jobs set flow_run_id = $3
            where id = $1 and flow_run_id is not distinct from $2
            """,
            job.id,
            job.flow_run_id,
            flow_run_id,
        )

"""Fills free slots with the best jobs there are now: one ranking a slot."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from captionacc_contracts.errors import TransientError
from captionacc_contracts.priority import RankCandidate
from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Counter, Gauge, Histogram
from captionacc_supabase.rows import Job

from captionacc_flow_worker.choice import Pauses, admissible, by_static_score
from captionacc_flow_worker.execution import Execution
from captionacc_flow_worker.job_context import JobContext, Services
from captionacc_flow_worker.live_jobs import LiveJob, LiveJobs

log = get_logger(__name__)

CLAIMED = Counter("captionacc_worker_jobs_claimed", "Jobs claimed", ["kind"])
FELL_BACK = Counter(
    "captionacc_worker_rankings_without_service", "Rankings made without the priority service"
)
LIVE = Gauge("captionacc_worker_jobs_live", "Jobs that run now")
WAITED = Histogram(
    "captionacc_worker_start_seconds",
    "Seconds from a job's request to its first claim",
    buckets=(0.05, 0.1, 0.2, 0.4, 1, 2, 5, 15, 60, 300, 1800, 7200, 86400),
)
_LIMITS_AGE_S = 10.0
_CLAIMS = 5


class Slots:
    """``pauses`` is what operators paused; ``open`` is false while nothing may be claimed."""

    def __init__(
        self,
        services: Services,
        execution: Execution,
        live: LiveJobs,
        *,
        owner: str,
        concurrency: int,
        tenant_concurrency: int,
        lease_s: float,
    ) -> None:
        self._services = services
        self._execution = execution
        self._live = live
        self._owner = owner
        self._concurrency = concurrency
        self._tenant_concurrency = tenant_concurrency
        self._lease_s = lease_s
        self._limits: dict[UUID, int] = {}
        self._limits_read_at = float("-inf")
        self.pauses = Pauses()
        self.open = True

    async def fill(self) -> None:
        """Start jobs until no slot is free or no job may start."""
        while self.open and len(self._live) < self._concurrency:
            job = await self._claim_best()
            if job is None:
                return
            self._start(job)

    async def _claim_best(self) -> Job | None:
        for _ in range(_CLAIMS):
            ranking = await self._ranking()
            if not ranking:
                return None
            async with self._services.database.transaction() as session:
                job = await session.jobs.claim(ranking[0], self._owner, self._lease_s)
            if job is not None:
                return job
            # Another worker was faster, and its start changed what is best now.
        return None

    async def _ranking(self) -> list[UUID]:
        if self.pauses.pool:
            return []
        async with self._services.database.transaction() as session:
            heads = await session.jobs.heads()
            if not heads:
                return []
            in_progress = await session.jobs.in_progress()
        candidates = admissible(
            [
                RankCandidate(
                    job_id=head.job_id,
                    tenant_id=head.tenant_id,
                    static_score=head.static_score,
                    ageing=head.ageing,
                    requested_at=head.requested_at,
                )
                for head in heads
            ],
            in_progress=in_progress,
            limits=await self._tenant_limits(in_progress),
            default_limit=self._tenant_concurrency,
            pauses=self.pauses,
        )
        if not candidates:
            return []
        try:
            ranked = await self._services.priority.rank(candidates, in_progress)
            return [job.job_id for job in ranked]
        except TransientError as error:
            FELL_BACK.inc()
            log.warning("ranked_without_service", error=str(error), candidates=len(candidates))
            return by_static_score(candidates)

    async def _tenant_limits(self, in_progress: Mapping[UUID, int]) -> Mapping[UUID, int]:
        now = asyncio.get_running_loop().time()
        if now - self._limits_read_at > _LIMITS_AGE_S:
            self._limits, self._limits_read_at = {}, now
        async with self._services.database.transaction() as session:
            for tenant_id in in_progress.keys() - self._limits.keys():
                tenant = await session.tenants.get(tenant_id)
                limit = None if tenant is None else tenant.max_concurrent_jobs
                self._limits[tenant_id] = self._tenant_concurrency if limit is None else limit
        return self._limits

    def _start(self, job: Job) -> None:
        assert job.lease is not None  # noqa: S101  a claimed job has one
        context = JobContext(services=self._services, job=job, lease=job.lease)
        earlier = [attempt.task for attempt in self._live.of_job(job.id)]
        task = asyncio.create_task(self._execution.run(context, earlier), name=f"job {job.id}")
        self._live.add(LiveJob(context=context, task=task))
        task.add_done_callback(lambda _task: LIVE.set(len(self._live)))
        LIVE.set(len(self._live))
        CLAIMED.labels(kind=job.kind).inc()
        if job.attempt == 1:
            waited_s = (self._services.clock.now() - job.requested_at).total_seconds()
            WAITED.observe(max(0.0, waited_s))
        log.info("job_claimed", job_id=str(job.id), kind=job.kind, attempt=job.attempt)

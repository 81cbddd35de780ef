"""Fills free slots with the best jobs there are now: one ranking a slot.

A slot is free again as soon as its job's row is written, before Prefect has been told.
"""

import asyncio

from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Counter, Gauge, Histogram
from captionacc_supabase.rows import Job

from captionacc_flow_worker.attempt.execution import Execution
from captionacc_flow_worker.attempt.job_context import JobContext, Services
from captionacc_flow_worker.queue.choice import Pauses
from captionacc_flow_worker.queue.live_jobs import LiveJob, LiveJobs
from captionacc_flow_worker.queue.ranking import Ranking

log = get_logger(__name__)

CLAIMED = Counter("captionacc_worker_jobs_claimed", "Jobs claimed", ["kind"])
LIVE = Gauge("captionacc_worker_jobs_live", "Jobs that run now")
WAITED = Histogram(
    "captionacc_worker_start_seconds",
    "Seconds from a job's request to its first claim",
    buckets=(0.05, 0.1, 0.2, 0.4, 1, 2, 5, 15, 60, 300, 1800, 7200, 86400),
)
_CLAIMS = 5
_LIVE_PER_SLOT = 2


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
        self._lease_s = lease_s
        self._ranking = Ranking(
            services.database, services.priority, tenant_concurrency=tenant_concurrency
        )
        self.pauses = Pauses()
        self.open = True

    async def fill(self) -> None:
        """Start jobs until no slot is free or no job may start."""
        starts = self._services.starts
        while self.open and self._has_room():
            starts.begin(self)
            try:
                job = await self._claim_best()
                if job is None:
                    return
                self._start(job)
            finally:
                starts.end(self)

    def _has_room(self) -> bool:
        # A settled job needs no slot, but while Prefect is slow they must not pile up.
        return (
            self._live.working < self._concurrency
            and len(self._live) < self._concurrency * _LIVE_PER_SLOT
        )

    async def _claim_best(self) -> Job | None:
        for _ in range(_CLAIMS):
            ranking = await self._ranking.best_first(self.pauses)
            if not ranking:
                return None
            async with self._services.database.transaction() as session:
                job = await session.jobs.claim(ranking[0], self._owner, self._lease_s)
            if job is not None:
                return job
            # Another worker was faster, and its start changed what is best now.
        return None

    def _start(self, job: Job) -> None:
        assert job.lease is not None  # noqa: S101  a claimed job has one
        context = JobContext(services=self._services, job=job, lease=job.lease)
        self._services.starts.begin(job.lease.token)
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

"""Fills free slots with the best waiting jobs, after one ranking per slot.

A slot is free again when the end of its job is written to the row, before Prefect knows of it.
"""

import asyncio
import contextlib

import msgspec
from captionacc_contracts.errors import TransientError
from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Counter, Gauge, Histogram
from captionacc_supabase.rows import Job

from captionacc_flow_worker.attempt.execution import Execution
from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.orchestration.presence import Presence
from captionacc_flow_worker.queue.live_jobs import LiveJob, LiveJobs
from captionacc_flow_worker.queue.ranking import Ranking, still_allowed

log = get_logger(__name__)

CLAIMED = Counter("captionacc_worker_jobs_claimed", "Jobs claimed", ["kind"])
LIVE = Gauge("captionacc_worker_jobs_live", "Jobs that run now")
WAITED = Histogram(
    "captionacc_worker_start_seconds",
    "Seconds from a job's request to its first claim",
    buckets=(0.05, 0.1, 0.2, 0.4, 1, 2, 5, 15, 60, 300, 1800, 7200, 86400),
)
# Each try costs one ranking. After this many claims by other workers, the next wake-up goes on.
_CLAIM_TRIES = 5
# Per slot, one attempt may work and one may still report to a slow Prefect.
_LIVE_PER_SLOT = 2


class SlotSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs this worker runs, and how it claims them.

    Args:
        owner: Name of this worker's life, which the leases carry.
        concurrency: The number of slots.
        tenant_concurrency: Running jobs per tenant, unless the tenant's row says otherwise.
        lease_s: Seconds until an unrenewed lease runs out.
        poll_s: Seconds between two looks at the queue when nothing wakes the worker.
    """

    owner: str
    concurrency: int
    tenant_concurrency: int
    lease_s: float
    poll_s: float


class Slots:
    """Claims jobs, as far as operators allow it in Prefect, and starts their attempts."""

    def __init__(
        self,
        services: Services,
        execution: Execution,
        live: LiveJobs,
        presence: Presence,
        settings: SlotSettings,
    ) -> None:
        self._services = services
        self._execution = execution
        self._live = live
        self._presence = presence
        self._settings = settings
        self._ranking = Ranking(
            services.database,
            services.priority,
            tenant_concurrency=settings.tenant_concurrency,
        )
        self._wake = asyncio.Event()
        self._retired = False
        presence.when_changed(self.wake)
        services.outages.when_changed(self.wake)

    def wake(self) -> None:
        """Look at the queue now, because a job may have come or a slot may be free."""
        self._wake.set()

    def retire(self) -> None:
        """Claim no more jobs."""
        self._retired = True
        self._wake.set()

    async def run(self) -> None:
        """Fill slots until :meth:`retire` is called."""
        while not self._retired:
            self._wake.clear()
            try:
                await self.fill()
            except TransientError as error:
                log.warning("slots_not_filled", error=str(error))
            except Exception:
                log.exception("slots_not_filled")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.poll_s):
                    await self._wake.wait()

    async def fill(self) -> None:
        """Start jobs until no slot is free or no job may start."""
        starts = self._services.starts
        while not self._retired and self._has_room():
            starts.begin(self)
            try:
                job = await self._claim_best()
                if job is None:
                    return
                self._start(job)
            finally:
                starts.end(self)

    def _has_room(self) -> bool:
        # A settled job needs no slot, but settled jobs must not pile up while Prefect is slow.
        slots = self._settings.concurrency
        return self._live.working < slots and len(self._live) < slots * _LIVE_PER_SLOT

    async def _claim_best(self) -> Job | None:
        for _ in range(_CLAIM_TRIES):
            limits = self._presence.limits
            # Jobs that need a service that is away are passed over; the others go on.
            kinds = self._services.outages.startable()
            ranking = await self._ranking.best_first(limits, kinds) if kinds else []
            if not ranking:
                return None
            async with self._services.database.transaction() as session:
                if not await still_allowed(session, limits, ranking[0]):
                    continue
                job = await session.jobs.claim(
                    ranking[0],
                    self._settings.owner,
                    self._settings.lease_s,
                    tenant_limit=self._settings.tenant_concurrency,
                )
            if job is not None:
                return job
            # Another worker claimed a job, which may change the ranking of the others.
        return None

    def _start(self, job: Job) -> None:
        assert job.lease is not None  # noqa: S101  a claimed job has a lease
        context = JobContext(
            services=self._services, job=job, lease=job.lease, on_settled=self.wake
        )
        self._services.starts.begin(job.lease.token)
        self._services.outages.began(job)
        earlier = [attempt.task for attempt in self._live.of_job(job.id)]
        task = asyncio.create_task(self._execution.run(context, earlier), name=f"job {job.id}")
        self._live.add(LiveJob(context, task))
        task.add_done_callback(lambda _task: self._services.outages.ended(job))
        task.add_done_callback(self._ended)
        LIVE.set(len(self._live))
        CLAIMED.labels(kind=job.kind).inc()
        if job.attempt == 1:
            waited_s = (self._services.clock.now() - job.requested_at).total_seconds()
            WAITED.observe(max(0.0, waited_s))
        log.info("job_claimed", job_id=str(job.id), kind=job.kind, attempt=job.attempt)

    def _ended(self, _task: asyncio.Task[None]) -> None:
        LIVE.set(len(self._live))
        self.wake()

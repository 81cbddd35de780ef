"""Renews the leases of all jobs that this worker runs, and stops a job whose lease is lost."""

import asyncio

from captionacc_contracts.errors import TransientError
from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Counter
from captionacc_supabase.database import Database

from captionacc_flow_worker.orchestration.stopping import Stop
from captionacc_flow_worker.queue.live_jobs import LiveJob, LiveJobs

log = get_logger(__name__)

LOST = Counter("captionacc_worker_leases_lost", "Leases that were lost while their job ran")


class LeaseKeeper:
    """One instance per worker: a single statement renews all leases."""

    def __init__(self, database: Database, live: LiveJobs, *, owner: str, lease_s: float) -> None:
        self._database = database
        self._live = live
        self._owner = owner
        self._lease_s = lease_s
        self._renewed: dict[int, float] = {}

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 6)
            await self.renew()

    async def renew(self) -> None:
        """Renew once."""
        now = asyncio.get_running_loop().time()
        jobs = {job.lease_token: job for job in self._live if not job.settled}
        self._renewed = {token: self._renewed.get(token, now) for token in jobs}
        if not jobs:
            return
        try:
            async with (
                asyncio.timeout(self._lease_s / 6),
                self._database.transaction() as session,
            ):
                held = await session.jobs.renew(self._owner, list(jobs), self._lease_s)
        except (TransientError, TimeoutError) as error:
            log.warning("leases_not_renewed", error=str(error), leases=len(jobs))
            # After this time another worker may own these jobs.
            held = {token for token in jobs if now - self._renewed[token] < self._lease_s * 5 / 6}
        else:
            self._renewed.update(dict.fromkeys(held, now))
        missing = [job for token, job in jobs.items() if token not in held]
        if missing:
            await self._stop_lost(missing)

    async def _stop_lost(self, jobs: list[LiveJob]) -> None:
        # A job that was published a moment ago has no lease either. Its attempt settles during this
        # pause, and a settled attempt does not stop.
        await asyncio.sleep(0.5)
        for job in jobs:
            if job.stop(Stop.LOST):
                LOST.inc()
                log.error(
                    "lease_lost",
                    job_id=str(job.job_id),
                    lease_token=job.lease_token,
                )

"""Metrics about the whole system, which each worker reads from Postgres.

All workers show the same figures, so take the maximum over the workers, not the sum.
"""

import asyncio
import time

from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Gauge
from captionacc_supabase.database import Database

log = get_logger(__name__)

JOBS = Gauge("captionacc_queue_jobs", "Jobs of all workers that wait or run", ["state"])
OLDEST_S = Gauge(
    "captionacc_queue_oldest_seconds", "Seconds since the request of the oldest job that may start"
)
SPENT_USD = Gauge(
    "captionacc_spent_today_usd", "Estimated cost of the calls of this day in UTC", ["tier"]
)
PASS_AGE_S = Gauge(
    "captionacc_reconciler_pass_age_seconds", "Seconds since a pass of any reconciler ended"
)

# Prometheus usually asks every 15 s.
_PERIOD_S = 10.0
_LIMIT_S = 10.0
# A pass takes a second and at most two minutes, and begins every WORKER_RECONCILE_S.
_LATE_AFTER_S = 60.0


class Figures:
    """Keeps the metrics up to date. The age of the last pass grows also while Postgres is away."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # On the monotonic clock. A worker that never reached Postgres counts from its start.
        self._pass_ended_at = time.monotonic()
        PASS_AGE_S.set_function(self._pass_age_s)

    async def run(self) -> None:
        """Read the figures again and again until cancelled."""
        while True:
            try:
                async with asyncio.timeout(_LIMIT_S):
                    await self.read()
            except Exception as error:  # noqa: BLE001  the next look may succeed
                log.warning("figures_not_read", error=type(error).__name__)
            age_s = self._pass_age_s()
            if age_s > _LATE_AFTER_S:
                log.error("reconciler_late", seconds_since_a_pass=round(age_s))
            await asyncio.sleep(_PERIOD_S)

    async def read(self) -> None:
        """Read the figures once."""
        async with self._database.transaction() as session:
            for state, number in (await session.queue_figures.live_jobs()).items():
                JOBS.labels(state=state.value).set(number)
            OLDEST_S.set(await session.queue_figures.oldest_wait_s())
            for tier, usd in (await session.queue_figures.spent_usd()).items():
                SPENT_USD.labels(tier=tier.value).set(usd)
            last_pass = await session.pass_leases.last_pass()
        self._pass_ended_at = time.monotonic() - last_pass.age_s

    def _pass_age_s(self) -> float:
        return time.monotonic() - self._pass_ended_at

"""Puts jobs back into the queue when their worker stopped renewing the lease.

Every worker does so, without a lock: the row decides, so a job is reclaimed once, and a process
that freezes does not keep other workers from reclaiming.
"""

import asyncio

from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database

from captionacc_flow_worker.orchestration.late_reports import LateReports
from captionacc_flow_worker.orchestration.runs.states import state_of
from captionacc_flow_worker.upkeep.repairs import Repairs

log = get_logger(__name__)

# Jobs per transaction, which locks their videos.
_BATCH = 20


async def reclaim_repeatedly(
    database: Database, reports: LateReports, *, max_attempts: int, period_s: float
) -> None:
    """Reclaim jobs whose lease expired every ``period_s`` until cancelled.

    A job whose attempt number ``max_attempts`` lost its lease ends in an error.
    """
    while True:
        try:
            while await reclaim_jobs(database, reports, max_attempts) == _BATCH:
                pass
        except Exception as error:  # noqa: BLE001  the next look may succeed
            log.warning("leases_not_reclaimed", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(period_s)


async def reclaim_jobs(database: Database, reports: LateReports, max_attempts: int) -> int:
    """Reclaim up to ``_BATCH`` jobs whose lease expired; return how many."""
    async with database.transaction() as session:
        jobs = await session.jobs.reclaim_expired(max_attempts=max_attempts, limit=_BATCH)
    repairs = Repairs()
    repairs.add("leases_reclaimed", len(jobs))
    repairs.publish()
    for job in jobs:
        state = state_of(job, "Its worker stopped.")
        # Prefect may be away, and must not delay the next look.
        if job.flow_run_id is not None and state is not None:
            reports.add(job.flow_run_id, state)
    return len(jobs)

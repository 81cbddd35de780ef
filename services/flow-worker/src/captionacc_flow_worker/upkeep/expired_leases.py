"""Puts jobs back into the queue when their worker stopped renewing the lease.

Every worker does so, without a lock: the row decides, so a job is reclaimed once, and a process
that freezes does not keep other workers from reclaiming.
"""

import asyncio
from collections.abc import Sequence

from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job

from captionacc_flow_worker.orchestration.presence import Presence
from captionacc_flow_worker.orchestration.runs.control import RunControl
from captionacc_flow_worker.orchestration.runs.states import state_of
from captionacc_flow_worker.upkeep.repairs import Repairs

log = get_logger(__name__)

# Jobs per transaction, which locks their videos.
_BATCH = 20
# Prefect must not delay the next look; the reconciler shows what this limit leaves out.
_SHOWN_WITHIN_S = 3.0


async def reclaim_repeatedly(
    database: Database,
    control: RunControl,
    presence: Presence,
    *,
    max_attempts: int,
    period_s: float,
) -> None:
    """Reclaim jobs whose lease expired every ``period_s`` until cancelled.

    A job whose attempt number ``max_attempts`` lost its lease ends in an error.
    """
    while True:
        try:
            while True:
                jobs = await reclaim_jobs(database, max_attempts)
                if jobs and presence.here:
                    await show_states(control, jobs)
                if len(jobs) < _BATCH:
                    break
        except Exception as error:  # noqa: BLE001  the next look may succeed
            log.warning("leases_not_reclaimed", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(period_s)


async def reclaim_jobs(database: Database, max_attempts: int) -> list[Job]:
    """Reclaim up to ``_BATCH`` jobs whose lease expired; return them as they are now."""
    async with database.transaction() as session:
        jobs = await session.jobs.reclaim_expired(max_attempts=max_attempts, limit=_BATCH)
    repairs = Repairs()
    repairs.add("leases_reclaimed", len(jobs))
    repairs.publish()
    return jobs


async def show_states(control: RunControl, jobs: Sequence[Job]) -> None:
    """Show the states of reclaimed jobs in Prefect, as far as it answers in time.

    Raises:
        TimeoutError: Prefect did not answer in time.
    """
    async with asyncio.timeout(_SHOWN_WITHIN_S):
        for job in jobs:
            state = state_of(job, "Its worker stopped.")
            if job.flow_run_id is not None and state is not None:
                await control.force(job.flow_run_id, state)

"""Puts jobs back into the queue when their worker stopped renewing the lease."""

from captionacc_supabase.database import Database

from captionacc_flow_worker.orchestration.runs.control import RunControl
from captionacc_flow_worker.orchestration.runs.states import state_of
from captionacc_flow_worker.upkeep.repairs import Repairs


async def reclaim_jobs(
    database: Database, control: RunControl, max_attempts: int, repairs: Repairs
) -> None:
    """Reclaim jobs whose lease expired.

    A job whose attempt number ``max_attempts`` lost its lease ends in an error.
    """
    async with database.transaction() as session:
        jobs = await session.jobs.reclaim_expired(max_attempts=max_attempts)
    repairs.add("leases_reclaimed", len(jobs))
    for job in jobs:
        state = state_of(job, "Its worker stopped.")
        if job.flow_run_id is not None and state is not None:
            await control.force(job.flow_run_id, state)

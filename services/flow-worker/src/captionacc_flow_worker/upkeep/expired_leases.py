"""Puts jobs back into the queue when their worker stopped renewing the lease."""

from captionacc_supabase.database import Database

from captionacc_flow_worker.orchestration.runs.control import RunControl
from captionacc_flow_worker.orchestration.runs.states import state_of
from captionacc_flow_worker.upkeep.repairs import Repairs


class ExpiredLeases:
    """A job whose attempt number ``max_attempts`` lost its lease ends in an error."""

    def __init__(self, database: Database, control: RunControl, max_attempts: int) -> None:
        self._database = database
        self._control = control
        self._max_attempts = max_attempts

    async def reclaim(self, repairs: Repairs) -> None:
        async with self._database.transaction() as session:
            jobs = await session.jobs.reclaim_expired(max_attempts=self._max_attempts)
        repairs.add("leases_reclaimed", len(jobs))
        for job in jobs:
            state = state_of(job, "Its worker stopped.")
            if job.flow_run_id is not None and state is not None:
                await self._control.force(job.flow_run_id, state)

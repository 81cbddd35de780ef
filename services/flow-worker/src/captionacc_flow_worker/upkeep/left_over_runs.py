"""Ends flow runs that still wait although their jobs have ended.

Such jobs were cancelled before they began, or ran while Prefect was away.
"""

from collections.abc import Sequence

from captionacc_contracts.work.flows import idempotency_key
from captionacc_contracts.work.states import ENDED_JOB_STATES, JobState
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job
from captionacc_supabase.session import Session
from prefect.client.schemas.objects import FlowRun

from captionacc_flow_worker.orchestration.runs.finding import PAGE
from captionacc_flow_worker.orchestration.runs.owners import id_of_named_job, job_of_run
from captionacc_flow_worker.orchestration.runs.prefect_runs import PrefectRuns
from captionacc_flow_worker.orchestration.runs.states import retried_since, state_of
from captionacc_flow_worker.upkeep.repairs import Repairs

# Each page costs Prefect about 70 ms. A pass goes on where the last pass stopped, so each run gets
# a look however many wait.
_PAGES = 5
# The worker of a job that ended a moment ago is about to report that itself, with more details.
_SETTLED_S = 15.0


class LeftOverRuns:
    """Looks at a few pages of the waiting runs per pass, oldest first."""

    def __init__(
        self, database: Database, runs: PrefectRuns, *, settled_s: float = _SETTLED_S
    ) -> None:
        self._database = database
        self._runs = runs
        self._settled_s = settled_s
        self._place = 0

    async def end(self, repairs: Repairs) -> None:
        for _ in range(_PAGES):
            page = await self._runs.finder.waiting(self._place)
            ended = await self._end_all(page, repairs)
            # Runs that ended are no longer before the next page.
            self._place += len(page) - ended
            if len(page) < PAGE:
                self._place = 0
                break
        # A run is Failed if its job waited for a retry and the report of that got lost.
        await self._end_all(await self._runs.finder.failed_lately(), repairs, only_cancelled=True)

    async def _end_all(
        self, runs: Sequence[FlowRun], repairs: Repairs, *, only_cancelled: bool = False
    ) -> int:
        """Returns how many runs it ended."""
        count = 0
        async with self._database.transaction() as session:
            named = [job_id for run in runs if (job_id := id_of_named_job(run)) is not None]
            ended = {
                job.id: job for job in await session.ended_jobs.ended_among(named, self._settled_s)
            }
            owners = [
                (run, await _owner(session, run, job))
                for run in runs
                if (job := ended.get(id_of_named_job(run) or run.id)) is not None
            ]
        for run, owner in owners:
            if owner is None or (only_cancelled and owner.state is not JobState.CANCELLED):
                continue
            state = state_of(owner, "Its job ended while the run waited.")
            if state is not None:
                await self._runs.control.force(run.id, state)
                repairs.add("waiting_runs_ended")
                count += 1
        return count


async def _owner(session: Session, run: FlowRun, named: Job) -> Job | None:
    """The ended job that the waiting run stands for; ``None`` if the run must stay.

    Such a run shows another job that has not ended, or a person asked for it.
    """
    job = await job_of_run(session, run)
    if job is None:
        # Nobody learned the id of a run whose request was interrupted.
        if named.flow_run_id is not None or run.idempotency_key != idempotency_key(named.id):
            return None
        await session.jobs.set_flow_run(named.id, run.id)
        job = named
    if job.state not in ENDED_JOB_STATES or job.ended_at is None:
        return None
    return None if retried_since(run, job.ended_at) else job

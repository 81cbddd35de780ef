"""Cancels the flow runs of jobs that were cancelled before they began."""

from uuid import UUID

from captionacc_supabase.database import Database
from prefect.states import Cancelled

from captionacc_flow_worker.orchestration.runs.prefect_runs import PrefectRuns
from captionacc_flow_worker.orchestration.runs.states import retried_since
from captionacc_flow_worker.upkeep.repairs import Repairs

_BATCH = 200
# Longer than most outages of Prefect. Earlier passes looked at older cancellations.
_CANCELLED_WITHIN_S = 3600.0


async def cancel_waiting_runs(database: Database, runs: PrefectRuns, repairs: Repairs) -> None:
    """Cancel the runs of jobs that were cancelled while they waited.

    Such a run is in the state Failed if its job waited for a retry: the state is from the attempt
    before. A run that a person retried after the cancellation shows a later job, and stays as it
    is.
    """
    async with database.transaction() as session:
        cancelled = await session.ended_jobs.cancelled_runs(_CANCELLED_WITHIN_S, _BATCH)
    ended = {one.flow_run_id: one.ended_at for one in cancelled}
    for run in await runs.finder.waiting_or_failed_among(list(ended)):
        if not retried_since(run, ended[run.id]):
            await _cancel(run.id, "Cancelled while it waited.", runs, repairs)


async def cancel_late_runs(database: Database, runs: PrefectRuns, repairs: Repairs) -> None:
    """Cancel runs that the server made although the connection broke during the request.

    Nobody learned their ids, and their jobs were cancelled since.
    """
    async with database.transaction() as session:
        jobs = await session.ended_jobs.cancelled_without_run(_CANCELLED_WITHIN_S, _BATCH)
    for job_id, run in (await runs.finder.made_for(jobs)).items():
        await _cancel(run.id, "Cancelled before it was made.", runs, repairs)
        async with database.transaction() as session:
            await session.jobs.set_flow_run(job_id, run.id)


async def _cancel(run_id: UUID, why: str, runs: PrefectRuns, repairs: Repairs) -> None:
    await runs.control.force(run_id, Cancelled(message=why))
    repairs.add("runs_cancelled")

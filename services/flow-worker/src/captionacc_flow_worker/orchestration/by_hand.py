"""Runs that people start in Prefect's UI: retries, quick runs and the reconcile flow."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from uuid import UUID

from captionacc_contracts.errors import CaptionAccError, PermanentError
from captionacc_contracts.work.flows import FlowName, flow_of
from captionacc_contracts.work.states import JobState
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job, NewJob
from captionacc_supabase.session import Session
from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Completed, Failed, Pending

from captionacc_flow_worker.orchestration.runs.owners import job_of_run, named_job
from captionacc_flow_worker.orchestration.runs.prefect_runs import PrefectRuns
from captionacc_flow_worker.orchestration.runs.states import retried_since

log = get_logger(__name__)

# A look asks Prefect twice, so looks are at least this far apart, however many runs are scheduled.
_APART_S = 6.0
# A run that becomes due, or that was not heard of, starts within this time.
_UNHEARD_S = 15.0

RunsReconcile = Callable[[FlowRun], Awaitable[None]]
"""Runs a pending run of the reconcile flow."""


class ByHand:
    """Makes a job for each run that a person made or retried; the run then shows that job."""

    def __init__(self, database: Database, runs: PrefectRuns, reconcile: RunsReconcile) -> None:
        self._database = database
        self._runs = runs
        self._reconcile = reconcile
        self._asked = asyncio.Event()

    def heard(self) -> None:
        """Look soon, because a person may have asked for a run."""
        self._asked.set()

    async def run(self) -> None:
        """Look for runs until cancelled."""
        while True:
            await asyncio.sleep(_APART_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_UNHEARD_S - _APART_S):
                    await self._asked.wait()
            self._asked.clear()
            try:
                await self.take_up()
            except Exception as error:  # noqa: BLE001  the next look may succeed
                log.warning("by_hand_poll_failed", error=type(error).__name__)

    async def take_up(self) -> None:
        """Handle the runs that wait now."""
        for run in await self._runs.finder.asked_for_by_hand():
            name = self._runs.deployments.flow_name(run)
            if name is None:
                continue
            if name is FlowName.RECONCILE:
                await self._run_reconcile(run)
                continue
            answer = await self._become_job(run, name)
            if answer is not None:
                await self._runs.control.force(run.id, answer)
                log.info("run_by_hand_refused", flow_run_id=str(run.id), message=answer.message)

    async def _run_reconcile(self, run: FlowRun) -> None:
        await self._runs.control.force(run.id, Pending())
        pending = await self._runs.control.read(run.id)
        if pending is not None:
            await self._reconcile(pending)

    async def _become_job(self, run: FlowRun, name: FlowName) -> State[None] | None:
        """Give the run a job. Returns a final state for the run if it gets none.

        Returns ``None`` if the run has a job now, or if a later look decides.
        """
        try:
            async with self._database.transaction() as session:
                job = await job_of_run(session, run) or await named_job(session, run)
                if job is None or flow_of(job.kind) is not name:
                    return Failed(
                        message="Job not found. Start a run with the job_id of a job of this flow."
                    )
                if job.state in (JobState.QUEUED, JobState.RUNNING):
                    if job.flow_run_id == run.id:
                        return None
                    return Failed(message=f"Flow run {job.flow_run_id} already shows this job.")
                if _is_left_over(run, job):
                    return None
                if job.state is JobState.DONE:
                    return Completed(message="The job is done, and its result is in use.")
                return await _again(session, job, run.id)
        except PermanentError as error:
            return Failed(message=error.message)
        except CaptionAccError as error:
            log.warning("run_by_hand_later", flow_run_id=str(run.id), error=str(error))
            return None


def _is_left_over(run: FlowRun, job: Job) -> bool:
    """Whether the run has waited since before its job was cancelled; the reconciler cancels it.

    The run is not a person's request. Such a request would bring back work that a newer crop region
    has replaced.
    """
    return (
        job.state is JobState.CANCELLED
        and job.flow_run_id == run.id
        and job.ended_at is not None
        and not retried_since(run, job.ended_at)
    )


async def _again(session: Session, job: Job, run_id: UUID) -> State[None] | None:
    again, _created = await session.jobs.enqueue(NewJob.like(job))
    if again.state is JobState.DONE:
        return Completed(message="An equal job is done, and its result is in use.")
    if again.flow_run_id not in (None, run_id):
        return Failed(message=f"Flow run {again.flow_run_id} already shows this job.")
    await session.jobs.set_flow_run(again.id, run_id)
    return None

"""Stops the jobs that people cancel through the gateway or in Prefect.

Both send notifications; polling finds cancellations whose notification was lost.
"""

import asyncio
from uuid import UUID

from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.notifications import job_to_cancel
from captionacc_contracts.work.states import JobState
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from prefect.client.schemas.objects import FlowRun

from captionacc_flow_worker.orchestration.runs.owners import job_of_run
from captionacc_flow_worker.orchestration.runs.prefect_runs import PrefectRuns
from captionacc_flow_worker.orchestration.stopping import Stop
from captionacc_flow_worker.queue.live_jobs import LiveJobs

log = get_logger(__name__)

_POLL_S = 5.0


class CancelWatch:
    """Watches for cancellations of this worker's jobs, and of waiting runs."""

    def __init__(
        self, database: Database, runs: PrefectRuns, live: LiveJobs, *, owner: str
    ) -> None:
        self._database = database
        self._runs = runs
        self._live = live
        self._owner = owner

    def notified(self, payload: str) -> None:
        """Handle a payload of the jobs channel; ignores every payload except a cancellation."""
        job_id = job_to_cancel(payload)
        if job_id is not None:
            self._stop(job_id)

    async def heard(self, run_id: UUID) -> None:
        """Handle the news that Prefect has cancelled a run."""
        if not self._stop_run(run_id):
            await self._cancel_waiting(run_id)

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await asyncio.sleep(_POLL_S)
            try:
                async with self._database.transaction() as session:
                    for job_id in await session.jobs.cancel_requests(self._owner):
                        self._stop(job_id)
                run_ids = [
                    job.flow_run_id
                    for job in self._live
                    if job.flow_run_id is not None and not job.stopping
                ]
                for run_id in await self._runs.finder.cancelled_among(run_ids):
                    self._stop_run(run_id)
            except Exception as error:  # noqa: BLE001  the next look may succeed
                log.warning("cancel_poll_failed", error=type(error).__name__)

    def _stop(self, job_id: UUID) -> None:
        for job in self._live.of_job(job_id):
            if job.stop(Stop.CANCEL):
                log.info("job_cancelling", job_id=str(job_id))

    def _stop_run(self, run_id: UUID) -> bool:
        jobs = self._live.of_flow_run(run_id)
        for job in jobs:
            self._stop(job.job_id)
        return bool(jobs)

    async def _cancel_waiting(self, run_id: UUID) -> None:
        """Cancel the job of a run that waited; Prefect has cancelled the run already."""
        try:
            run: FlowRun | None = await self._runs.control.read(run_id)
            if run is None:
                return
            async with self._database.transaction() as session:
                job = await job_of_run(session, run)
                if job is not None and job.state is JobState.QUEUED:
                    await session.jobs.request_cancel(job.id)
        except (CaptionAccError, TimeoutError) as error:
            # The attempt finds the cancelled run when it starts.
            log.warning("waiting_job_not_cancelled", flow_run_id=str(run_id), error=str(error))

"""Corrects flow runs whose state disagrees with their job's row."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from captionacc_contracts.errors import PermanentError
from captionacc_contracts.work import flows
from captionacc_contracts.work.states import JobState
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Crashed

from captionacc_flow_worker.orchestration.runs.owners import id_of_named_job, job_of_run
from captionacc_flow_worker.orchestration.runs.prefect_runs import PrefectRuns
from captionacc_flow_worker.orchestration.runs.states import state_of
from captionacc_flow_worker.upkeep.repairs import Repairs

log = get_logger(__name__)

# A worker normally reports the end of an attempt within a second of writing it to the row.
_GRACE_S = 5.0


class WrongStates:
    """Corrects a run only if two looks, ``grace_s`` apart, find it in the same wrong state.

    After the first look, the run's worker may be about to report the right state.
    """

    def __init__(self, database: Database, runs: PrefectRuns, *, grace_s: float = _GRACE_S) -> None:
        self._database = database
        self._runs = runs
        self._grace_s = grace_s
        # The id of the wrong state, and when it was seen first, by run id.
        self._suspects: dict[UUID, tuple[UUID, float]] = {}

    async def mend(self, repairs: Repairs) -> None:
        now = asyncio.get_running_loop().time()
        found: dict[UUID, tuple[UUID, float]] = {}
        for run in await self._suspicious(await self._runs.finder.under_way()):
            wanted = await self._wanted_state(run)
            if wanted is None or run.state is None or wanted.type is run.state.type:
                continue
            state_id, since = self._suspects.get(run.id, (run.state.id, now))
            if state_id != run.state.id:
                since = now
            if now - since < self._grace_s:
                found[run.id] = (run.state.id, since)
                continue
            try:
                await self._runs.control.force(run.id, wanted)
                repairs.add(f"runs_{run.state.type.value.lower()}_mended")
            except PermanentError as error:
                log.warning("run_not_mended", flow_run_id=str(run.id), error=str(error))
        self._suspects = found

    async def _suspicious(self, runs: Sequence[FlowRun]) -> list[FlowRun]:
        """The runs except those whose job runs too."""
        async with self._database.transaction() as session:
            named = [job_id for run in runs if (job_id := id_of_named_job(run)) is not None]
            running = {
                job.flow_run_id
                for job in await session.jobs.get_many(named)
                if job.state is JobState.RUNNING
            }
        return [run for run in runs if run.id not in running]

    async def _wanted_state(self, run: FlowRun) -> State[Any] | None:
        """The state that the job's row calls for; ``None`` while an attempt runs."""
        if self._runs.deployments.flow_name(run) is flows.FlowName.RECONCILE:
            # This pass may be part of that run.
            return None
        async with self._database.transaction() as session:
            job = await job_of_run(session, run)
        return (
            Crashed(message="This run has no job.") if job is None else state_of(job, "Repaired.")
        )

"""Makes the flow runs that jobs lack: Prefect was away, or somebody deleted them."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from captionacc_contracts.work.jobs import JobKind
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job
from httpx import HTTPStatusError
from prefect.states import Running

from captionacc_flow_worker.orchestration.runs.making import RUNS_AT_ONCE, RunMaker
from captionacc_flow_worker.orchestration.runs.prefect_runs import PrefectRuns
from captionacc_flow_worker.orchestration.runs.states import state_of
from captionacc_flow_worker.upkeep.repairs import Repairs

log = get_logger(__name__)

# Jobs per pass: eight requests of ``RUNS_AT_ONCE``.
_BATCH = 200
# Limits one pass, so that missing runs do not keep the other repairs waiting.
_LIMIT_S = 10.0


class MissingRuns:
    """Makes the runs that jobs lack."""

    def __init__(self, database: Database, runs: PrefectRuns) -> None:
        self._database = database
        self._runs = runs
        self._looked_at: Job | None = None

    async def make(self, repairs: Repairs) -> bool:
        """Make missing runs until none is missing or the time is up.

        Makes many runs per request, or one by one if the server refuses them together. Returns
        whether it made some and others are probably still missing.
        """
        async with self._database.transaction() as session:
            jobs = await session.jobs.without_flow_run(_BATCH)
        until = asyncio.get_running_loop().time() + _LIMIT_S
        for batch in batches(jobs, RUNS_AT_ONCE):
            if asyncio.get_running_loop().time() > until:
                break
            made = await self._made(batch)
            async with self._database.transaction() as session:
                await session.jobs.set_flow_runs(made)
            repairs.add("runs_made", len(made))
        return len(jobs) == _BATCH and repairs.counts["runs_made"] > 0

    async def make_deleted(self, repairs: Repairs) -> None:
        """Make again the runs of waiting jobs that somebody deleted in Prefect.

        A pass looks at some jobs, and the next pass goes on from there.
        """
        async with self._database.transaction() as session:
            jobs = await session.jobs.with_flow_run(_BATCH, self._looked_at)
        self._looked_at = jobs[-1] if len(jobs) == _BATCH else None
        named = [job.flow_run_id for job in jobs if job.flow_run_id is not None]
        there = await self._runs.finder.existing_among(named)
        deleted = {job.id: job for job in jobs if job.flow_run_id not in there}
        for batch in batches(list(deleted.values()), RUNS_AT_ONCE):
            for job_id, run_id in (await self._made(batch)).items():
                async with self._database.transaction() as session:
                    await session.jobs.replace_flow_run(deleted[job_id], run_id)
                repairs.add("deleted_runs_made")

    async def make_ended(self, repairs: Repairs) -> None:
        """Show jobs that ran while Prefect was away and whose worker could not report them."""
        async with self._database.transaction() as session:
            jobs = await session.ended_jobs.without_flow_run(RUNS_AT_ONCE)
        for job in jobs:
            state = state_of(job, _times(job))
            made = await _one_by_one(self._runs.maker, [job])
            for run_id in made.values():
                await self._runs.control.force(run_id, Running())
                if state is not None:
                    await self._runs.control.force(run_id, state)
            async with self._database.transaction() as session:
                await session.jobs.set_flow_runs(made)
            repairs.add("ended_runs_made", len(made))

    async def _made(self, jobs: Sequence[Job]) -> dict[UUID, UUID]:
        """Run ids by job id."""
        return await self._runs.maker.ensure_many(jobs) or await _one_by_one(self._runs.maker, jobs)


def _times(job: Job) -> str:
    return (
        f"Ran while Prefect was away, from {job.started_at:%Y-%m-%d %H:%M:%S} "
        f"to {job.ended_at:%H:%M:%S} UTC."
    )


async def _one_by_one(maker: RunMaker, jobs: Sequence[Job]) -> dict[UUID, UUID]:
    """Run ids by job id, without the jobs for which the server refuses a run."""
    made: dict[UUID, UUID] = {}
    for job in jobs:
        try:
            made[job.id] = (await maker.ensure(job)).id
        except HTTPStatusError as error:
            status = error.response.status_code
            log.warning("run_not_made", job_id=str(job.id), status=status)
    return made


def batches(jobs: Sequence[Job], size: int) -> list[list[Job]]:
    """Lists of up to ``size`` jobs of one kind, ordered by the first job of each list."""
    found: dict[tuple[JobKind, int], list[Job]] = {}
    counts: Counter[JobKind] = Counter()
    for job in jobs:
        found.setdefault((job.kind, counts[job.kind] // size), []).append(job)
        counts[job.kind] += 1
    return list(found.values())

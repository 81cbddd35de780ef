"""Makes the flow runs of jobs that have none, because Prefect was away when they were asked for."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from captionacc_contracts.work.jobs import JobKind
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job
from httpx import HTTPStatusError

from captionacc_flow_worker.orchestration.runs.making import RUNS_AT_ONCE, RunMaker
from captionacc_flow_worker.upkeep.repairs import Repairs

log = get_logger(__name__)

# Jobs per pass: eight requests of ``RUNS_AT_ONCE``.
_BATCH = 200
# Limits one pass, so that missing runs do not keep the other repairs waiting.
_LIMIT_S = 10.0


async def make_runs(database: Database, maker: RunMaker, repairs: Repairs) -> bool:
    """Make missing runs until none is missing or the time is up.

    Makes many runs per request, or one by one if the server refuses them together. Returns whether
    it made some and others are probably still missing.
    """
    async with database.transaction() as session:
        jobs = await session.jobs.without_flow_run(_BATCH)
    until = asyncio.get_running_loop().time() + _LIMIT_S
    for batch in batches(jobs, RUNS_AT_ONCE):
        if asyncio.get_running_loop().time() > until:
            break
        made = await maker.ensure_many(batch) or await _one_by_one(maker, batch)
        async with database.transaction() as session:
            await session.jobs.set_flow_runs(made)
        repairs.add("runs_made", len(made))
    return len(jobs) == _BATCH and repairs.counts["runs_made"] > 0


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

"""Repairs what was lost: webhooks, flow runs, leases and final states."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from captionacc_contracts.errors import (
    CaptionAccError,
    PermanentError,
)
from captionacc_contracts.work import flows
from captionacc_contracts.work.states import JobState
from captionacc_contracts.work.tiers import Tier
from captionacc_launching.asking import ask_for
from captionacc_launching.orders import Order
from captionacc_launching.uploads import first_job, refuse_upload
from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Counter
from captionacc_supabase.rows import Job, Video
from httpx import HTTPStatusError
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Cancelled, Completed, Crashed, Failed

from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.orchestration.owners import job_of_run
from captionacc_flow_worker.orchestration.runs import RUNS_AT_ONCE, PrefectRuns
from captionacc_flow_worker.orchestration.states import requeued, retried_since
from captionacc_flow_worker.upkeep.repairs import Repairs, batches, state_for
from captionacc_flow_worker.upkeep.sweep import Sweep

log = get_logger(__name__)

REPAIRED = Counter("captionacc_worker_repairs", "Repairs by the reconciler", ["kind"])

_BATCH = 200
_CANCELLED_WITHIN_S = 3600.0
_PASS_LIMIT_S = 120.0
# Limits one pass, so that missing runs do not keep the other repairs waiting.
_RUNS_LIMIT_S = 10.0


class Reconciler:
    """Idempotent and bounded; an advisory lock lets one worker repair at a time."""

    def __init__(
        self,
        services: Services,
        runs: PrefectRuns,
        *,
        max_attempts: int,
        webhook_grace_s: float = 5.0,
        run_grace_s: float = 5.0,
        sweep: Sweep | None = None,
    ) -> None:
        self._services = services
        self._runs = runs
        self._max_attempts = max_attempts
        self._webhook_grace_s = webhook_grace_s
        self._run_grace_s = run_grace_s
        self._sweep = Sweep(services) if sweep is None else sweep
        self._backlog = False
        # A run is repaired only if it looks the same twice: its owner may be about to end it.
        self._suspects: dict[UUID, tuple[UUID, float]] = {}

    async def run(self, period_s: float) -> None:
        while True:
            repairs = None
            try:
                self._backlog = False
                repairs = await self.repair()
            except Exception as error:  # noqa: BLE001  the next pass may succeed
                log.warning("reconcile_failed", error=f"{type(error).__name__}: {error}")
            # After a burst, more runs are missing than one pass makes.
            if repairs is None or not self._backlog:
                await asyncio.sleep(period_s)

    async def repair(self) -> Repairs | None:
        """Run one pass; returns ``None`` if another worker is running one."""
        database = self._services.database
        async with asyncio.timeout(_PASS_LIMIT_S), database.transaction() as lock:
            # The lock's transaction holds nothing else and reads no row.
            if not await lock.repairing.try_lock():
                return None
            repairs = Repairs()
            for name, step in (
                ("launch_videos", self._launch_videos),
                ("reclaim", self._reclaim),
                ("sweep", self._sweep.run),
                ("make_runs", self._make_runs),
                ("cancel_runs", self._cancel_runs),
                ("cancel_late_runs", self._cancel_late_runs),
                ("mend_runs", self._mend_runs),
            ):
                try:
                    await step(repairs)
                except Exception as error:  # noqa: BLE001  a service that is away must not stop the other repairs
                    log.warning(
                        "repair_failed", step=name, error=f"{type(error).__name__}: {error}"
                    )
        for kind, number in repairs.counts.items():
            REPAIRED.labels(kind=kind).inc(number)
        if repairs.counts:
            log.warning("repaired", **{str(kind): n for kind, n in repairs.counts.items()})
        return repairs

    async def _launch_videos(self, repairs: Repairs) -> None:
        async with self._services.database.transaction() as session:
            videos = await session.videos.unlaunched(self._webhook_grace_s)
        for video in videos:
            try:
                if await self._launch(video, repairs):
                    repairs.add("videos_launched")
            except CaptionAccError as error:
                log.warning("video_not_launched", video_id=str(video.id), error=str(error))

    async def _launch(self, video: Video, repairs: Repairs) -> bool:
        database = self._services.database
        try:
            parameters = first_job(video)
        except PermanentError as error:
            await refuse_upload(database, video, error)
            repairs.add("videos_refused")
            return False
        async with database.transaction() as session:
            tenant = await session.tenants.get(video.tenant_id)
        order = Order(
            video=video,
            tier=Tier.FREE if tenant is None else tenant.tier,
            parameters=parameters,
            requested_at=video.uploaded_at,
        )
        _job, created = await ask_for(order, database, self._services.priority)
        return created

    async def _reclaim(self, repairs: Repairs) -> None:
        async with self._services.database.transaction() as session:
            jobs = await session.jobs.reclaim_expired(max_attempts=self._max_attempts)
        repairs.add("leases_reclaimed", len(jobs))
        for job in jobs:
            if job.flow_run_id is not None:
                await self._runs.force(job.flow_run_id, _state(job, "Its worker stopped."))

    async def _make_runs(self, repairs: Repairs) -> None:
        """Make missing runs, many per call, until none is missing or the time is up."""
        async with self._services.database.transaction() as session:
            jobs = await session.jobs.without_flow_run(_BATCH)
        until = asyncio.get_running_loop().time() + _RUNS_LIMIT_S
        for batch in batches(jobs, RUNS_AT_ONCE):
            if asyncio.get_running_loop().time() > until:
                break
            made = await self._runs.ensure_many(batch) or await self._one_by_one(batch)
            async with self._services.database.transaction() as session:
                await session.jobs.set_flow_runs(made)
            repairs.add("runs_made", len(made))
        self._backlog = len(jobs) == _BATCH and repairs.counts["runs_made"] > 0

    async def _one_by_one(self, jobs: Sequence[Job]) -> dict[UUID, UUID]:
        """Run ids by job id; a job for which the server refuses a run is left out."""
        made: dict[UUID, UUID] = {}
        for job in jobs:
            try:
                made[job.id] = (await self._runs.ensure(job)).id
            except HTTPStatusError as error:
                status = error.response.status_code
                log.warning("run_not_made", job_id=str(job.id), status=status)
        return made

    async def _cancel_runs(self, repairs: Repairs) -> None:
        """Cancel the runs of jobs that were cancelled while they waited.

        Such a run may be in the state Failed, from the attempt before a retry that never began. A
        run that a person retried since then shows a later job, and is left alone.
        """
        async with self._services.database.transaction() as session:
            cancelled = await session.ended_jobs.cancelled_runs(_CANCELLED_WITHIN_S, _BATCH)
        ended = {one.flow_run_id: one.ended_at for one in cancelled}
        for run in await self._runs.waiting_or_failed_among(list(ended)):
            # A run that was only made since then, for an earlier request, is left over too.
            if not retried_since(run, ended[run.id]):
                await self._runs.force(run.id, Cancelled(message="Cancelled while it waited."))
                repairs.add("runs_cancelled")

    async def _cancel_late_runs(self, repairs: Repairs) -> None:
        """Cancel runs that exist although the request that made them was cut off.

        Their jobs were cancelled since then.
        """
        async with self._services.database.transaction() as session:
            jobs = await session.ended_jobs.cancelled_without_run(_CANCELLED_WITHIN_S, _BATCH)
        for job_id, run in (await self._runs.made_for(jobs)).items():
            await self._runs.force(run.id, Cancelled(message="Cancelled before it was made."))
            async with self._services.database.transaction() as session:
                await session.jobs.set_flow_run(job_id, run.id)
            repairs.add("runs_cancelled")

    async def _mend_runs(self, repairs: Repairs) -> None:
        now = asyncio.get_running_loop().time()
        found: dict[UUID, tuple[UUID, float]] = {}
        under_way = await self._runs.in_states(
            StateType.RUNNING, StateType.PENDING, StateType.CANCELLING
        )
        # A retry that is reported late may arrive after the end of the next attempt.
        for run in [*under_way, *await self._runs.waiting_again()]:
            wanted = await self._wanted_state(run)
            if wanted is None or run.state is None or wanted.type is run.state.type:
                continue
            state_id, since = self._suspects.get(run.id, (run.state.id, now))
            if state_id != run.state.id:
                since = now
            if now - since < self._run_grace_s:
                found[run.id] = (run.state.id, since)
                continue
            try:
                await self._runs.force(run.id, wanted)
                repairs.add(f"runs_{run.state.type.value.lower()}_mended")
            except PermanentError as error:
                log.warning("run_not_mended", flow_run_id=str(run.id), error=str(error))
        self._suspects = found

    async def _wanted_state(self, run: FlowRun) -> State[Any] | None:
        if self._runs.flow_name(run) is flows.FlowName.RECONCILE:
            # This pass may belong to that run.
            return None
        async with self._services.database.transaction() as session:
            job = await job_of_run(session, run)
        if job is not None:
            return None if job.state is JobState.RUNNING else _state(job, "Repaired.")
        return Crashed(message="This run has no job.")


def _state(job: Job, why: str) -> State[Any]:
    match state_for(job.state):
        case "Completed":
            return Completed(message=why)
        case "Failed":
            message = why if job.error is None else f"{job.error.stage}: {job.error.message}"
            return Failed(message=message)
        case "Cancelled":
            return Cancelled(message=why)
        case _:
            return requeued(why)

"""The one way in which work starts: a job row first, then the flow run that shows it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import msgspec
from captionacc_contracts.api import Launched
from captionacc_contracts.errors import TransientError
from captionacc_contracts.work import flows
from captionacc_contracts.work.jobs import CaptionOcr, JobParameters
from captionacc_contracts.work.priority import ScoreRequest
from captionacc_contracts.work.states import ENDED_JOB_STATES, JobState
from captionacc_contracts.work.tiers import Tier
from captionacc_observability import context, metrics
from captionacc_observability.clock import Clock
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job, NewJob, Video

from captionacc_webhook_gateway.ports import FlowRuns, Scores

RUN_WITHIN_S = 2.0
LAUNCHED = metrics.Counter("captionacc_gateway_launches", "Jobs asked for", ["kind", "created"])

_log = get_logger(__name__)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to start, for whom, and whether waiting raises its score."""

    video: Video
    tier: Tier
    parameters: JobParameters
    ageing: bool = True
    user_initiated: bool = False


class Launcher:
    def __init__(
        self, database: Database, scores: Scores, flow_runs: FlowRuns, clock: Clock
    ) -> None:
        self._database = database
        self._scores = scores
        self._flow_runs = flow_runs
        self._clock = clock

    async def launch(self, order: Order) -> Job:
        """The job for an order, with its flow run; the run's id is null while Prefect is away.

        Raises:
            TransientError: ``database_unavailable``; nothing was accepted.
            PermanentError: ``state_conflict`` or ``not_found`` when the rows do not allow it.
        """
        return await self.with_flow_run(await self.accept(order))

    async def accept(self, order: Order) -> Job:
        """The job for an order: a new one, or the equal one that is there already.

        Durable when this returns.

        Raises:
            TransientError: ``database_unavailable``; nothing was accepted.
            PermanentError: ``state_conflict`` or ``not_found`` when the rows do not allow it.
        """
        score = await self._scores.score(
            ScoreRequest(
                tier=order.tier,
                requested_at=self._clock.now(),
                size_bytes=order.video.size_bytes,
                ageing=order.ageing,
            )
        )
        caption_id = (
            order.parameters.caption_id if isinstance(order.parameters, CaptionOcr) else None
        )
        new = NewJob(
            video_id=order.video.id,
            tenant_id=order.video.tenant_id,
            parameters=order.parameters,
            tier=order.tier,
            static_score=score.static_score,
            priority=score.priority,
            ageing=order.ageing,
            tags=flows.tags(
                tenant_id=order.video.tenant_id,
                tier=order.tier,
                priority=score.priority,
                caption_id=caption_id,
                user_initiated=order.user_initiated,
            ),
        )
        async with self._database.transaction() as session:
            job, created = await session.jobs.enqueue(new)
        LAUNCHED.labels(job.kind, created).inc()
        with context.bind(job_id=job.id, video_id=job.video_id):
            _log.info("job_launched", kind=job.kind, created=created, priority=job.priority)
        return job

    async def with_flow_run(self, job: Job, within_s: float = RUN_WITHIN_S) -> Job:
        """The job with its flow run, made now when it has none and can still run.

        Takes no longer than ``within_s``: the worker makes the run when this does not.
        """
        if job.flow_run_id is not None or job.state in ENDED_JOB_STATES:
            return job
        with context.bind(job_id=job.id, video_id=job.video_id), suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                return await self._with_flow_run(job)
        return job

    async def _with_flow_run(self, job: Job) -> Job:
        flow_run_id = await self._flow_runs.make(job)
        if flow_run_id is None:
            return job
        try:
            async with self._database.autocommit() as session:
                await session.jobs.set_flow_run(job.id, flow_run_id)
        except TransientError as error:
            # The job is accepted; whoever asks again finds the same run by its key.
            _log.warning("flow_run_not_stored", flow_run_id=flow_run_id, reason=error.message)
        return msgspec.structs.replace(job, flow_run_id=flow_run_id)

    async def cancel(self, jobs: Sequence[Job]) -> list[UUID]:
        """Cancel those of the jobs that have not ended; returns their ids.

        Raises:
            TransientError: ``database_unavailable``.
        """
        live = [job for job in jobs if job.state not in ENDED_JOB_STATES]
        async with self._database.transaction() as session:
            asked = [await session.jobs.request_cancel(job.id) for job in live]
        async with asyncio.TaskGroup() as group:
            for job in asked:
                # A running one is shown as cancelled by the worker that stops it.
                if job.state is JobState.CANCELLED and job.flow_run_id is not None:
                    group.create_task(self._flow_runs.cancel(job.flow_run_id))
        return [job.id for job in asked if job.cancel_requested]


def launched(job: Job) -> Launched:
    """What a REST caller is told about a job."""
    return Launched(
        job_id=job.id, flow_run_id=job.flow_run_id, priority=job.priority, status=job.state.value
    )

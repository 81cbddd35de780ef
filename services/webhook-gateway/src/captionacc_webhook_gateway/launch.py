"""Starts the work that a request asks for: first the job row, then its flow run."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import msgspec
from captionacc_contracts.errors import TransientError
from captionacc_contracts.work.jobs import JobParameters
from captionacc_contracts.work.states import ENDED_JOB_STATES, JobState
from captionacc_contracts.work.tiers import Tier
from captionacc_launching.asking import ask_for
from captionacc_launching.orders import Order
from captionacc_launching.priority_service import Scores
from captionacc_observability import context
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job, Video

from captionacc_webhook_gateway.prefect_client import PrefectApi

# Leaves time for PrefectApi's own limits: 0.3 s for a turn and 1.6 s for the run.
RUN_WITHIN_S = 2.0
_log = get_logger(__name__)


class Launcher:
    """Asks for work on behalf of requests, and makes and cancels the flow runs of that work."""

    def __init__(self, database: Database, scores: Scores, prefect: PrefectApi) -> None:
        self._database = database
        self._scores = scores
        self._prefect = prefect

    def order(
        self,
        video: Video,
        tier: Tier,
        parameters: JobParameters,
        *,
        ageing: bool = True,
        user_initiated: bool = False,
    ) -> Order:
        """Return an order whose request time is now."""
        return Order(
            video=video,
            tier=tier,
            parameters=parameters,
            ageing=ageing,
            user_initiated=user_initiated,
        )

    async def launch(self, order: Order) -> Job:
        """Store the job of an order and make its run; without Prefect the run id is ``None``.

        Raises:
            TransientError: ``database_unavailable``; nothing was stored.
            PermanentError: ``state_conflict`` or ``not_found``; the rows do not allow the work.
        """
        return await self.with_flow_run(await self.accept(order))

    async def launch_for_user(
        self, video: Video, tier: Tier, parameters: JobParameters, *, ageing: bool = True
    ) -> Job:
        """Order work that a person asks for, and launch it; see :meth:`launch`."""
        order = self.order(video, tier, parameters, ageing=ageing, user_initiated=True)
        return await self.launch(order)

    async def accept(self, order: Order) -> Job:
        """Store the job of an order; the job is durable when this returns. See :func:`ask_for`.

        Raises:
            TransientError: ``database_unavailable``; nothing was stored.
            PermanentError: ``state_conflict`` or ``not_found``; the rows do not allow the work.
        """
        job, _created = await ask_for(order, self._database, self._scores)
        return job

    async def with_flow_run(self, job: Job, within_s: float = RUN_WITHIN_S) -> Job:
        """Return the job with its flow run; make the run unless the job has one or has ended.

        This takes at most ``within_s`` seconds. If the run is missing after that, the worker makes
        it.
        """
        if job.flow_run_id is not None or job.state in ENDED_JOB_STATES:
            return job
        with context.bind(job_id=job.id, video_id=job.video_id), suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                return await self._with_flow_run(job)
        return job

    async def _with_flow_run(self, job: Job) -> Job:
        flow_run_id = await self._prefect.make(job)
        if flow_run_id is None:
            return job
        try:
            async with self._database.autocommit() as session:
                await session.jobs.set_flow_run(job.id, flow_run_id)
        except TransientError as error:
            # The job is stored; the next request finds the same run by its idempotency key.
            _log.warning("flow_run_not_stored", flow_run_id=flow_run_id, reason=error.message)
        return msgspec.structs.replace(job, flow_run_id=flow_run_id)

    async def cancel(self, jobs: Sequence[Job]) -> list[UUID]:
        """Cancel the jobs that have not ended; return their ids.

        Raises:
            TransientError: ``database_unavailable``.
        """
        live = [job for job in jobs if job.state not in ENDED_JOB_STATES]
        async with self._database.transaction() as session:
            asked = [await session.jobs.request_cancel(job.id) for job in live]
        async with asyncio.TaskGroup() as group:
            for job in asked:
                # The worker shows the run of a running job as cancelled when it stops the job.
                if job.state is JobState.CANCELLED and job.flow_run_id is not None:
                    group.create_task(self._prefect.cancel(job.flow_run_id))
        return [job.id for job in asked if job.cancel_requested]

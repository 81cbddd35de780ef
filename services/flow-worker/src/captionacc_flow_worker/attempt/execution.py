"""Runs one attempt of a claimed job, with Prefect or without it."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from captionacc_observability.context import bind
from captionacc_observability.logging import get_logger
from prefect.client.schemas.objects import State

from captionacc_flow_worker.attempt.driving import Driver, NotBegunError
from captionacc_flow_worker.attempt.job_context import JobContext, enter
from captionacc_flow_worker.attempt.settling import settle_failure, settle_stopped
from captionacc_flow_worker.orchestration.front_end import FrontEnd
from captionacc_flow_worker.orchestration.presence import Presence
from captionacc_flow_worker.orchestration.shown.reports import Reports
from captionacc_flow_worker.orchestration.stopping import Abandoned

log = get_logger(__name__)


class Execution:
    """Runs attempts with the driver ``in_prefect`` while Prefect answers, else with ``alone``."""

    def __init__(
        self,
        in_prefect: Driver,
        alone: Driver,
        presence: Presence,
        reports: Reports,
        front_end: FrontEnd,
    ) -> None:
        self._in_prefect = in_prefect
        self._alone = alone
        self._presence = presence
        self._reports = reports
        self._front_end = front_end

    async def run(self, context: JobContext, earlier: Sequence[asyncio.Task[None]] = ()) -> None:
        """Run the attempt, after the job's ``earlier`` attempts have reported to Prefect.

        Never raises, unless its task is cancelled without a stop request.
        """
        job = context.job
        enter(context)
        self._reports.follow(context.account)
        context.when_begun = lambda: self._front_end.tell(context.job, "Running")
        reported = False
        with bind(job_id=job.id, video_id=job.video_id, tenant_id=job.tenant_id, kind=job.kind):
            try:
                if earlier:
                    await asyncio.wait(earlier)
                reported = await self._attempt(context)
                state = context.outcome
            except Abandoned:
                state = None
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if context.stop is None or task is None:
                    raise
                task.uncancel()
                state = await self._settled(context, settle_stopped(context))
            except Exception as error:  # noqa: BLE001  the failure of one job must not end the others
                state = await self._settled(context, settle_failure(context, error))
            finally:
                context.services.starts.end(context.lease.token)
            self._close(context, state, reported=reported)

    async def _attempt(self, context: JobContext) -> bool:
        context.enter_stage("start")
        if self._presence.here:
            try:
                return await self._in_prefect.drive(context)
            except NotBegunError as error:
                log.warning("started_without_prefect", reason=str(error)[:500])
                self._presence.doubt()
        return await self._alone.drive(context)

    async def _settled(
        self, context: JobContext, settling: Coroutine[Any, Any, State[Any]]
    ) -> State[Any] | None:
        """Settle an attempt that ended outside of its steps, unless the steps settled it.

        Returns ``None`` if this worker no longer holds the job.
        """
        if context.outcome is not None:
            settling.close()
            return context.outcome
        try:
            return await settling
        except Abandoned:
            return None

    def _close(self, context: JobContext, state: State[Any] | None, *, reported: bool) -> None:
        if state is None:
            log.warning("job_abandoned")
        else:
            log.info("attempt_ended", state=state.name)
            self._front_end.tell(context.job, state.name)
        context.account.close(state, reported=reported)

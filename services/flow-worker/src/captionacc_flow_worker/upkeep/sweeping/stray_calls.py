"""Stops compute calls that run although no job waits for them."""

from captionacc_contracts.errors import CaptionAccError
from captionacc_observability.logging import get_logger

from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.attempt.settling import stop_call
from captionacc_flow_worker.upkeep.repairs import Repairs

log = get_logger(__name__)

_BATCH = 50


class StrayCalls:
    """Stops calls of ended jobs, and local calls of videos without work.

    A local call counts as unwanted when it is older than ``grace_s`` seconds: the worker that
    started it has saved its id by then.
    """

    def __init__(self, services: Services, *, grace_s: float) -> None:
        self._services = services
        self._grace_s = grace_s

    async def stop(self, repairs: Repairs) -> None:
        await self._stop_calls_of_ended_jobs(repairs)
        await self._stop_unwanted_local_calls(repairs)

    async def _stop_calls_of_ended_jobs(self, repairs: Repairs) -> None:
        # Their worker died, or could not reach Modal, before it cancelled the call.
        async with self._services.database.transaction() as session:
            jobs = await session.ended_jobs.with_compute_call(_BATCH)
        for job in jobs:
            if job.compute_call is None:
                continue
            try:
                await stop_call(self._services, job, job.compute_call)
                repairs.add("calls_stopped")
            except CaptionAccError as error:
                log.warning("call_not_stopped", job_id=str(job.id), error=str(error))

    async def _stop_unwanted_local_calls(self, repairs: Repairs) -> None:
        local_calls = self._services.local_calls
        if local_calls is None:
            return
        running = [call for call in await local_calls.running() if call.age_s > self._grace_s]
        if not running:
            return
        async with self._services.database.transaction() as session:
            busy = await session.repairing.videos_with_work([call.video_id for call in running])
        for call in running:
            if call.video_id not in busy:
                await self._services.compute.cancel(call.call)
                repairs.add("calls_stopped")

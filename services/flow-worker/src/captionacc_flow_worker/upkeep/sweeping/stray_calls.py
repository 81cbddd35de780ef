"""Stops compute calls that run although no job waits for them."""

from captionacc_contracts.errors import CaptionAccError
from captionacc_observability.logging import get_logger

from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.attempt.settling import stop_call
from captionacc_flow_worker.upkeep.repairs import Repairs

log = get_logger(__name__)

_BATCH = 50


async def stop_calls_of_ended_jobs(services: Services, repairs: Repairs) -> None:
    """Stop calls whose worker died, or could not reach Modal, before it cancelled them."""
    async with services.database.transaction() as session:
        jobs = await session.ended_jobs.with_compute_call(_BATCH)
    for job in jobs:
        if job.compute_call is None:
            continue
        try:
            await stop_call(services, job, job.compute_call)
            repairs.add("calls_stopped")
        except CaptionAccError as error:
            log.warning("call_not_stopped", job_id=str(job.id), error=str(error))


async def stop_unwanted_local_calls(services: Services, grace_s: float, repairs: Repairs) -> None:
    """Stop local calls for videos that have no work under way.

    Calls younger than ``grace_s`` go on: their worker may not have saved their id yet.
    """
    if services.local_calls is None:
        return
    running = [call for call in await services.local_calls.running() if call.age_s > grace_s]
    if not running:
        return
    async with services.database.transaction() as session:
        busy = await session.repairing.videos_with_work([call.video_id for call in running])
    for call in running:
        if call.video_id not in busy:
            await services.compute.cancel(call.call)
            repairs.add("calls_stopped")

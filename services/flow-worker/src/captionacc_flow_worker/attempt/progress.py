"""Copies the progress of a compute call to the video's row and to Prefect."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

from captionacc_calls.progress import read_progress
from captionacc_contracts.work.compute import ComputeRequest, Progress
from captionacc_observability.logging import get_logger
from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact

from captionacc_flow_worker.attempt.job_context import JobContext

log = get_logger(__name__)

# Twice as long as between two reports of a compute call: each copy costs a write to the row.
_PERIOD_S = 2.0
_LIMIT_S = 5.0


@contextlib.asynccontextmanager
async def relay_progress(context: JobContext, request: ComputeRequest) -> AsyncIterator[None]:
    """Copy while the block runs. A failure of the copying does not reach the block."""
    bar = _Bar()
    relaying = asyncio.create_task(_relay(context, request, bar))
    try:
        yield
    finally:
        relaying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await relaying
    await bar.fill()


class _Bar:
    """The progress artifact of a run; made with the first progress that is shown."""

    def __init__(self) -> None:
        self._artifact: UUID | None = None

    async def show(self, progress: Progress) -> None:
        percent = 100.0 * progress.done / max(progress.total, 1)
        description = f"{progress.stage}: {progress.done} of {progress.total}"
        if self._artifact is None:
            self._artifact = await acreate_progress_artifact(
                progress=percent, description=description
            )
        else:
            await aupdate_progress_artifact(self._artifact, percent, description)

    async def fill(self) -> None:
        """Show that the call is done: the call's last report may say less than 100 %."""
        if self._artifact is None:
            return
        try:
            async with asyncio.timeout(_LIMIT_S):
                await aupdate_progress_artifact(self._artifact, 100.0, "done")
        except Exception as error:  # noqa: BLE001  a job must not fail because its progress cannot be shown
            log.debug("progress_not_relayed", error=type(error).__name__)


async def _relay(context: JobContext, request: ComputeRequest, bar: _Bar) -> None:
    shown: Progress | None = None
    while True:
        await asyncio.sleep(_PERIOD_S)
        try:
            async with asyncio.timeout(_LIMIT_S):
                progress = await read_progress(context.services.store, request)
                if progress == shown:
                    continue
                shown = progress
                async with context.services.database.transaction() as session:
                    await session.videos.set_progress(context.lease, context.job.video_id, progress)
            async with asyncio.timeout(_LIMIT_S):
                await bar.show(progress)
        except Exception as error:  # noqa: BLE001  a job must not fail because its progress cannot be shown
            log.debug("progress_not_relayed", error=type(error).__name__)

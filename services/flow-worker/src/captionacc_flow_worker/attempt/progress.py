"""Copies the progress of a compute call to the video's row and to Prefect."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from captionacc_calls.progress import read_progress
from captionacc_contracts.work.compute import ComputeRequest, Progress
from captionacc_observability.logging import get_logger

from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.orchestration.shown.account import Account

log = get_logger(__name__)

# Twice as long as between two reports of a compute call: each copy costs a write to the row.
_PERIOD_S = 2.0
_LIMIT_S = 5.0


@contextlib.asynccontextmanager
async def relay_progress(context: JobContext, request: ComputeRequest) -> AsyncIterator[None]:
    """Copy while the block runs. A failure of the copying does not reach the block."""
    relaying = asyncio.create_task(_relay(context, request))
    try:
        yield
    finally:
        relaying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await relaying
    if context.account.has_progress:
        # The call's last report may say less than 100 %.
        context.account.show_progress(100.0, "done")


def _show(account: Account, progress: Progress) -> None:
    percent = 100.0 * progress.done / max(progress.total, 1)
    account.show_progress(percent, f"{progress.stage}: {progress.done} of {progress.total}")


async def _relay(context: JobContext, request: ComputeRequest) -> None:
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
            if progress is not None:
                _show(context.account, progress)
        except Exception as error:  # noqa: BLE001  a job must not fail because its progress cannot be shown
            log.debug("progress_not_relayed", error=type(error).__name__)

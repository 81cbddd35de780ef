"""Run blocking work in a thread that ends when its caller is cancelled."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from captionacc_contracts.work.compute import Progress

Result = TypeVar("Result")
ReportProgress = Callable[[Progress], None]


class _StoppedError(Exception):
    """Ends the work in the thread after the caller was cancelled."""


async def run_stoppable(
    work: Callable[[ReportProgress], Result], progress: ReportProgress
) -> Result:
    """The result of ``work``, which runs in a thread.

    ``work`` gets a function that it must call now and then with its progress. That function calls
    ``progress`` in the thread. After a cancellation its next call raises inside ``work``. The
    cancellation is passed on when the thread has ended, so the caller may then remove the files
    that the thread used.
    """
    stop = threading.Event()

    def report(at: Progress) -> None:
        if stop.is_set():
            raise _StoppedError
        progress(at)

    task = asyncio.ensure_future(asyncio.to_thread(work, report))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([task])
        if not task.cancelled():
            # Fetch the exception, or asyncio logs that nobody did.
            task.exception()
        raise

"""Blocking work in a thread that ends when its caller is cancelled."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from captionacc_contracts.work.compute import Progress

Result = TypeVar("Result")
ReportProgress = Callable[[Progress], None]


class _StoppedError(Exception):
    """The caller was cancelled; unwinds the thread."""


async def run_stoppable(
    work: Callable[[ReportProgress], Result], progress: ReportProgress
) -> Result:
    """Result of ``work``, which runs in a thread and reports through the function it is given.

    ``progress`` is called in that thread. On cancellation the next report raises inside ``work``,
    and the thread is waited for, so that files it uses may be removed afterwards.
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
            # Fetched so that asyncio does not report it as forgotten.
            task.exception()
        raise

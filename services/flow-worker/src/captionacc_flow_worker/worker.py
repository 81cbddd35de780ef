"""Starts the worker's loops; on request, stops them and leaves the jobs to other workers."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from captionacc_observability.logging import get_logger

from captionacc_flow_worker.orchestration.prefect_away import PrefectWatch
from captionacc_flow_worker.orchestration.shown.reports import Reports
from captionacc_flow_worker.orchestration.stopping import Stop
from captionacc_flow_worker.queue.live_jobs import LiveJobs
from captionacc_flow_worker.queue.slots import Slots

log = get_logger(__name__)

# A release is one transaction per job. The platform kills the process some time after SIGTERM.
_RELEASE_LIMIT_S = 30.0
# The reconciler of another worker repairs what is not reported by then.
_REPORT_LIMIT_S = 10.0

Loop = Callable[[], Coroutine[Any, Any, None]]
Listening = Callable[[], AbstractAsyncContextManager[None]]


class Worker:
    """Runs until :meth:`drain` is called."""

    def __init__(
        self,
        *,
        prefect: PrefectWatch,
        slots: Slots,
        live: LiveJobs,
        reports: Reports,
        loops: Mapping[str, Loop],
        listening: Listening,
        drain_s: float,
    ) -> None:
        """Put the worker together; nothing runs yet.

        Args:
            prefect: Looks for Prefect before the first claim.
            slots: Claims jobs until the drain.
            live: The attempts to wait for during the drain.
            reports: The reports that go to Prefect before the end.
            loops: Coroutines by name that run beside the slots until the end.
            listening: Opens the subscription to the database's notifications.
            drain_s: Seconds that attempts get to end by themselves during the drain.
        """
        self._prefect = prefect
        self._slots = slots
        self._live = live
        self._reports = reports
        self._loops = {**loops, "slots": self._claim}
        self._listening = listening
        self._drain_s = drain_s
        self._draining = asyncio.Event()
        self._hurry = asyncio.Event()

    @property
    def draining(self) -> bool:
        return self._draining.is_set()

    def drain(self) -> None:
        """Claim no more jobs; a second call also ends the wait for the running attempts."""
        if self._draining.is_set():
            self._hurry.set()
        self._draining.set()
        self._slots.retire()

    async def run(self) -> None:
        """Run until the drain is done.

        Each attempt is a task of its own, so that a failing attempt does not end the others.
        """
        async with self._listening():
            loops = [asyncio.create_task(loop(), name=name) for name, loop in self._loops.items()]
            draining = asyncio.create_task(self._draining.wait())
            try:
                ended, _ = await asyncio.wait(
                    [*loops, draining], return_when=asyncio.FIRST_COMPLETED
                )
                if not self.draining:
                    for task in ended:
                        log.error("loop_ended", loop=task.get_name(), exc_info=task.exception())
                    self.drain()
                await self._leave()
            finally:
                for task in (*loops, draining):
                    task.cancel()
                await asyncio.gather(*loops, draining, return_exceptions=True)

    async def _claim(self) -> None:
        await self._prefect.looked()
        log.info("worker_ready")
        await self._slots.run()

    async def _leave(self) -> None:
        log.info("draining", live=len(self._live), limit_s=self._drain_s)
        waiting = asyncio.create_task(self._live.wait_until_empty(self._drain_s))
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait([waiting, hurry], return_when=asyncio.FIRST_COMPLETED)
        for task in (waiting, hurry):
            task.cancel()
        released = sum(job.stop(Stop.RELEASE) for job in self._live)
        if not await self._live.wait_until_empty(_RELEASE_LIMIT_S):
            log.error("jobs_left_behind", jobs=len(self._live))
        try:
            async with asyncio.timeout(_REPORT_LIMIT_S):
                await self._reports.flush()
        except TimeoutError:
            log.warning("states_left_to_the_reconciler")
        log.info("drained", released=released)

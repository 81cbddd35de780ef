"""The loop: wake, fill free slots, keep leases, watch for cancellations, repair, drain."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from captionacc_contracts.errors import TransientError
from captionacc_contracts.events import JOBS_CHANNEL
from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Gauge
from captionacc_supabase.connection.listener import listen

from captionacc_flow_worker.attempt.execution import Execution
from captionacc_flow_worker.attempt.stopping import Stop
from captionacc_flow_worker.loop_lag import watch_lag
from captionacc_flow_worker.orchestration.by_hand import ByHand
from captionacc_flow_worker.orchestration.late_reports import Finaliser
from captionacc_flow_worker.orchestration.runs import PrefectRuns
from captionacc_flow_worker.queue.leases import LeaseKeeper
from captionacc_flow_worker.queue.live_jobs import LiveJobs
from captionacc_flow_worker.queue.slots import Slots
from captionacc_flow_worker.upkeep.cancellation_watch import CancelWatch
from captionacc_flow_worker.upkeep.reconciler import Reconciler

log = get_logger(__name__)

PAUSED = Gauge("captionacc_worker_paused", "Whether operators paused the whole work pool")
_REGISTER_PAUSE_S = 3.0
_PAUSES_POLL_S = 3.0
_HEARTBEAT_S = 30.0
_RELEASE_LIMIT_S = 30.0


class Worker:
    """Runs until :meth:`drain` is called, then leaves its jobs to the next worker."""

    def __init__(
        self,
        *,
        name: str,
        live: LiveJobs,
        slots: Slots,
        runs: PrefectRuns,
        execution: Execution,
        finaliser: Finaliser,
        keeper: LeaseKeeper,
        cancels: CancelWatch,
        by_hand: ByHand,
        reconciler: Reconciler,
        listen_dsn: str,
        poll_s: float,
        reconcile_s: float,
        drain_s: float,
    ) -> None:
        self._name = name
        self._live = live
        self._slots = slots
        self._runs = runs
        self._execution = execution
        self._finaliser = finaliser
        self._keeper = keeper
        self._cancels = cancels
        self._by_hand = by_hand
        self._reconciler = reconciler
        self._listen_dsn = listen_dsn
        self._poll_s = poll_s
        self._reconcile_s = reconcile_s
        self._drain_s = drain_s
        self._wake = asyncio.Event()
        self._draining = asyncio.Event()
        self._hurry = asyncio.Event()

    @property
    def draining(self) -> bool:
        return self._draining.is_set()

    def drain(self) -> None:
        """Take no more work; a second call also stops waiting for what runs."""
        if self._draining.is_set():
            self._hurry.set()
        self._draining.set()
        self._wake.set()

    async def run(self) -> None:
        """Returns after the drain. Jobs are tasks of their own: one must not end another."""
        if not await self._register():
            return
        await self._learn_pauses()
        log.info("worker_ready")
        async with listen(self._listen_dsn, [JOBS_CHANNEL], self._notified):
            services = [
                asyncio.create_task(job, name=name)
                for name, job in (
                    ("leases", self._keeper.run()),
                    ("cancels", self._cancels.run()),
                    ("by hand", self._by_hand.run()),
                    ("reconciler", self._reconciler.run(self._reconcile_s)),
                    ("finaliser", self._finaliser.run()),
                    ("pauses", _for_ever(self._learn_pauses, _PAUSES_POLL_S)),
                    ("heartbeat", _for_ever(self._beat, _HEARTBEAT_S)),
                    ("loop lag", watch_lag()),
                    ("slots", self._fill_slots()),
                )
            ]
            draining = asyncio.create_task(self._draining.wait())
            try:
                ended, _ = await asyncio.wait(
                    [*services, draining], return_when=asyncio.FIRST_COMPLETED
                )
                for task in ended - {draining}:
                    log.error("service_ended", service=task.get_name(), exc_info=task.exception())
                self._draining.set()
                await self._leave()
            finally:
                for task in (*services, draining):
                    task.cancel()
                await asyncio.gather(*services, draining, return_exceptions=True)

    async def _register(self) -> bool:
        """Whether it was done before a drain was asked for; Prefect may start after us."""
        while not self.draining:
            try:
                await self._runs.register()
            except Exception as error:  # noqa: BLE001  whatever the client raises, it is tried again
                log.warning("not_registered", error=f"{type(error).__name__}: {error}"[:500])
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_REGISTER_PAUSE_S):
                        await self._draining.wait()
            else:
                return True
        return False

    def _notified(self, _channel: str, payload: str) -> None:
        self._cancels.notified(payload)
        self._wake.set()

    async def _fill_slots(self) -> None:
        while not self.draining:
            self._wake.clear()
            self._live.changed.clear()
            if self._execution.unreachable.is_set():
                # Reopened when Prefect answers the poll for pauses.
                self._slots.open = False
            try:
                await self._slots.fill()
            except TransientError as error:
                log.warning("slots_not_filled", error=str(error))
            except Exception:
                log.exception("slots_not_filled")
            await self._until_woken()

    async def _until_woken(self) -> None:
        waits = [
            asyncio.create_task(self._wake.wait()),
            asyncio.create_task(self._live.changed.wait()),
        ]
        try:
            await asyncio.wait(waits, timeout=self._poll_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _learn_pauses(self) -> None:
        try:
            pauses = await self._runs.pauses()
        except Exception as error:  # noqa: BLE001  whatever the client raises, Prefect is away
            log.warning("prefect_unreachable", error=type(error).__name__)
            self._slots.open = False
            return
        self._slots.pauses = pauses
        PAUSED.set(pauses.pool)
        self._execution.unreachable.clear()
        if not self._slots.open:
            self._slots.open = True
            self._wake.set()

    async def _beat(self) -> None:
        try:
            await self._runs.heartbeat(self._name, _HEARTBEAT_S)
        except Exception as error:  # noqa: BLE001  shown to people only
            log.info("heartbeat_failed", error=type(error).__name__)

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
            async with asyncio.timeout(_RELEASE_LIMIT_S / 3):
                await self._finaliser.flush()
        except TimeoutError:
            log.warning("states_left_to_the_reconciler")
        log.info("drained", released=released)


async def _for_ever(step: Callable[[], Awaitable[None]], period_s: float) -> None:
    while True:
        await step()
        await asyncio.sleep(period_s)

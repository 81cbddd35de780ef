"""Watches whether Prefect answers: the gate is closed while it does not.

Running attempts go on. ``late_reports`` keeps the states that Prefect could not accept.
"""

import asyncio
import contextlib

from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Gauge

from captionacc_flow_worker.orchestration.pauses import Gate
from captionacc_flow_worker.orchestration.work_pool import WorkPool

log = get_logger(__name__)

PAUSED = Gauge("captionacc_worker_paused", "1 while operators pause the whole work pool, else 0")
# A Prefect server takes several seconds to start, so more frequent tries gain little.
_REGISTER_PAUSE_S = 3.0
# An operator who pauses a queue sees the effect within this time.
_POLL_S = 3.0
# Each heartbeat carries this period, so that Prefect knows when to expect the next one.
_HEARTBEAT_S = 30.0


class PrefectWatch:
    """Registers the worker with Prefect, then keeps the gate and the heartbeat up to date."""

    def __init__(self, pool: WorkPool, gate: Gate, *, worker_name: str) -> None:
        self._pool = pool
        self._gate = gate
        self._worker_name = worker_name

    async def connect(self, draining: asyncio.Event) -> bool:
        """Register and read the pauses; repeats this until Prefect answers.

        Returns false if ``draining`` was set before.
        """
        while not draining.is_set():
            try:
                await self._pool.register()
            except Exception as error:  # noqa: BLE001  try again after every error of the client
                log.warning("not_registered", error=f"{type(error).__name__}: {error}"[:500])
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_REGISTER_PAUSE_S):
                        await draining.wait()
            else:
                await self.look()
                return True
        return False

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_repeatedly())
            group.create_task(self._beat())

    async def look(self) -> None:
        """Ask for the pauses once. An answer opens the gate; an error closes it."""
        try:
            pauses = await self._pool.pauses()
        except Exception as error:  # noqa: BLE001  after every error of the client, Prefect counts as away
            log.warning("prefect_unreachable", error=type(error).__name__)
            self._gate.close()
            return
        PAUSED.set(pauses.pool)
        self._gate.open(pauses)

    async def _look_repeatedly(self) -> None:
        while True:
            await asyncio.sleep(_POLL_S)
            await self.look()

    async def _beat(self) -> None:
        while True:
            try:
                await self._pool.heartbeat(self._worker_name, _HEARTBEAT_S)
            except Exception as error:  # noqa: BLE001  only people look at the heartbeat
                log.info("heartbeat_failed", error=type(error).__name__)
            await asyncio.sleep(_HEARTBEAT_S)

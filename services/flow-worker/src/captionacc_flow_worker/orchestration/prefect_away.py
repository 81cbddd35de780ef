"""Finds out whether Prefect answers, and tells Prefect that the worker lives."""

import asyncio
import contextlib

from captionacc_observability.logging import get_logger

from captionacc_flow_worker.orchestration.prefect_events import PrefectEvents
from captionacc_flow_worker.orchestration.presence import Presence
from captionacc_flow_worker.orchestration.work_pool import WorkPool

log = get_logger(__name__)

# New jobs run as flows again within this time after Prefect is back. While changes of limits and
# pauses are not heard of, they take effect within this time.
_LOOK_S = 3.0
# While changes are heard of, looks only find what was not heard. Each asks Prefect three times.
_LOOK_WHILE_HEARD_S = 15.0
# A new worker waits this long to learn what operators allow. Setting up an empty server may take
# longer; the first jobs then run without it.
_FIRST_LOOK_WITHIN_S = 5.0
# Each heartbeat carries this period, so that Prefect knows when to expect the next one.
_HEARTBEAT_S = 30.0

# Prefect and this worker may have started at the same moment, and Prefect needs longer. So looks
# are frequent at first.
_FIRST_LOOKS_S = 0.3
_FIRST_LOOKS_WITHIN_S = 30.0


class PrefectWatch:
    """Keeps ``presence`` up to date. Registers the worker when Prefect first answers."""

    def __init__(
        self, pool: WorkPool, presence: Presence, events: PrefectEvents, *, worker_name: str
    ) -> None:
        self._pool = pool
        self._presence = presence
        self._events = events
        self._worker_name = worker_name
        self._answered = asyncio.Event()

    async def looked(self) -> None:
        """Wait until Prefect has answered, but a few seconds at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_LOOK_WITHIN_S):
                await self._answered.wait()

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_repeatedly())
            group.create_task(self._beat())

    async def _look(self) -> None:
        """Ask Prefect once. This takes a few seconds at most, unless Prefect must be set up."""
        try:
            limits = await self._pool.limits()
        except Exception as error:  # noqa: BLE001  after every error of the client, Prefect counts as away
            self._presence.lost(f"{type(error).__name__}: {error}"[:500])
        else:
            self._presence.found(limits)
            self._answered.set()

    async def _look_repeatedly(self) -> None:
        loop = asyncio.get_running_loop()
        at_first_until = loop.time() + _FIRST_LOOKS_WITHIN_S
        while True:
            await self._look()
            starting = not self._answered.is_set() and loop.time() < at_first_until
            await self._presence.doubted(_FIRST_LOOKS_S if starting else self._pause_s())

    def _pause_s(self) -> float:
        heard = self._presence.here and self._events.are_heard
        return _LOOK_WHILE_HEARD_S if heard else _LOOK_S

    async def _beat(self) -> None:
        while True:
            if not self._presence.here:
                await asyncio.sleep(_LOOK_S)
                continue
            try:
                await self._pool.heartbeat(self._worker_name, _HEARTBEAT_S)
            except Exception as error:  # noqa: BLE001  only people look at the heartbeat
                log.info("heartbeat_failed", error=type(error).__name__)
            await asyncio.sleep(_HEARTBEAT_S)

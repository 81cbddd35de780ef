"""Whether Prefect answers, and what operators allow in it.

While Prefect is away, jobs start and run without it, and Prefect learns about them afterwards.
"""

import asyncio
import contextlib
from collections.abc import Callable

from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Gauge

from captionacc_flow_worker.orchestration.operator_limits import OperatorLimits

log = get_logger(__name__)

AWAY = Gauge("captionacc_worker_prefect_away", "1 while Prefect does not answer, else 0")
PAUSED = Gauge("captionacc_worker_paused", "1 while operators pause the whole work pool, else 0")


class PrefectAway(Exception):  # noqa: N818  it describes Prefect, not a fault of ours
    """Prefect did not answer lately, so it was not asked."""


class Presence:
    """Prefect counts as away until the first answer."""

    def __init__(self) -> None:
        self._here = False
        self._limits = OperatorLimits()
        self._doubted = asyncio.Event()
        self._on_change: list[Callable[[], None]] = []
        AWAY.set(1)

    @property
    def here(self) -> bool:
        return self._here

    @property
    def limits(self) -> OperatorLimits:
        """The limits that Prefect last reported; they hold while it is away too."""
        return self._limits

    def require(self) -> None:
        """Raise :class:`PrefectAway` unless Prefect answers."""
        if not self._here:
            raise PrefectAway

    def when_changed(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` each time Prefect comes back or its limits change."""
        self._on_change.append(callback)

    def found(self, limits: OperatorLimits) -> None:
        """Note that Prefect answered."""
        changed = not self._here or limits != self._limits
        if not self._here:
            log.info("prefect_answers")
        self._here, self._limits = True, limits
        AWAY.set(0)
        PAUSED.set(limits.pool == 0)
        if changed:
            for callback in self._on_change:
                callback()

    def lost(self, why: str) -> None:
        """Note that Prefect did not answer."""
        if self._here:
            log.warning("prefect_away", reason=why)
        self._here = False
        AWAY.set(1)

    def doubt(self) -> None:
        """Ask for a look at Prefect now: it did not answer a request, or its limits changed."""
        self._doubted.set()

    async def doubted(self, within_s: float) -> None:
        """Wait until somebody doubts that Prefect answers, but ``within_s`` at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._doubted.wait()
        self._doubted.clear()

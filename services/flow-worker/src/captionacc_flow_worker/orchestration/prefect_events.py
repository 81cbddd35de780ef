"""Hears from Prefect's event stream what people do there; polls find what was not heard."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from captionacc_observability.logging import get_logger
from prefect.events import Event
from prefect.events.clients import get_events_subscriber
from prefect.events.filters import EventFilter, EventNameFilter

from captionacc_flow_worker.orchestration.runs.states import RETRIED

log = get_logger(__name__)

# The shortest and the longest pause before the stream is opened again.
_RECONNECT_S = (1.0, 30.0)
_RUN = "prefect.flow-run."
_CANCELLED = (f"{_RUN}Cancelling", f"{_RUN}Cancelled")
_ASKED_FOR = (f"{_RUN}Scheduled", f"{_RUN}{RETRIED}")
_OF_LIMITS = (
    "prefect.work-pool.",
    "prefect.work-queue.",
    "prefect.deployment.",
    "prefect.concurrency-limit.",
)
_WANTED = EventFilter(event=EventNameFilter(prefix=[*_CANCELLED, *_ASKED_FOR, *_OF_LIMITS]))


class PrefectEvents:
    """Tells the other parts of the worker what it hears."""

    def __init__(self) -> None:
        self._open = False
        self._on_cancelled: list[Callable[[UUID], Awaitable[None]]] = []
        self._on_asked_for: list[Callable[[], None]] = []
        self._on_limits: list[Callable[[], None]] = []

    @property
    def are_heard(self) -> bool:
        """Whether the stream is open."""
        return self._open

    def when_run_cancelled(self, callback: Callable[[UUID], Awaitable[None]]) -> None:
        """Await ``callback`` with the id of each run that is cancelled."""
        self._on_cancelled.append(callback)

    def when_run_asked_for(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` each time a run is to start, perhaps because a person asked for it."""
        self._on_asked_for.append(callback)

    def when_limits_change(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` each time a limit or a pause may have changed, and when the stream
        opens or ends.
        """
        self._on_limits.append(callback)

    async def run(self) -> None:
        """Listen until cancelled; opens the stream again whenever it ends."""
        pause_s = _RECONNECT_S[0]
        while True:
            try:
                async with get_events_subscriber(filter=_WANTED) as subscriber:
                    self._turn(is_open=True)
                    pause_s = _RECONNECT_S[0]
                    async for event in subscriber:
                        await self._tell(event)
            except Exception as error:  # noqa: BLE001  the stream ends whenever the server restarts
                log.info("prefect_events_interrupted", error=type(error).__name__)
            finally:
                self._turn(is_open=False)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _RECONNECT_S[1])

    def _turn(self, *, is_open: bool) -> None:
        if self._open != is_open:
            self._open = is_open
            _call(self._on_limits)

    async def _tell(self, event: Event) -> None:
        if event.event in _CANCELLED:
            run_id = UUID(event.resource.id.removeprefix(_RUN))
            for callback in self._on_cancelled:
                await callback(run_id)
        elif event.event in _ASKED_FOR:
            _call(self._on_asked_for)
        else:
            _call(self._on_limits)


def _call(callbacks: list[Callable[[], None]]) -> None:
    for callback in callbacks:
        callback()

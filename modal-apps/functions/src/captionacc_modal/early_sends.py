"""Sends objects to the store while the work that makes more of them goes on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from captionacc_contracts.errors import CaptionAccError
from captionacc_observability.logging import get_logger

_log = get_logger(__name__)

_AT_ONCE = 8


class EarlySends:
    """Sends that may fail: after the first failure nothing more is sent early."""

    def __init__(self) -> None:
        self._sent: set[str] = set()
        self._failed = False
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def unless_failed(self) -> AsyncIterator[None]:
        """Cancel the sends that go on when the block fails or is cancelled."""
        try:
            yield
        except BaseException:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            raise

    def begin(self, name: str, send: Callable[[], Awaitable[None]]) -> None:
        """Call ``send`` as soon as fewer than eight others go on."""
        task = asyncio.create_task(self._send(name, send))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def ended(self) -> set[str]:
        """Wait for the sends that were begun; the names of those that succeeded."""
        await asyncio.gather(*self._tasks)
        return self._sent

    async def _send(self, name: str, send: Callable[[], Awaitable[None]]) -> None:
        async with self._places:
            if self._failed:
                return
            try:
                await send()
            except CaptionAccError as error:
                self._failed = True
                _log.warning("early_send_failed", error=error.message)
            else:
                self._sent.add(name)

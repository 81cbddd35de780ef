"""Waits until something of a video may have changed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

from captionacc_stack.gateway_client import GatewayClient, GatewayRefusalError

# Set by hand. Events that come together cause one look.
_TOGETHER_S = 0.05
# As long as between two reports of progress. It matters only while the stream is cut.
_LONGEST_WAIT_S = 2.0
_AGAIN_AFTER_S = 1.0


class VideoChanges:
    """The live events of one video, as far as they say that it is time to look again."""

    def __init__(self, client: GatewayClient, video_id: UUID) -> None:
        self._client = client
        self._video_id = video_id
        self._changed = asyncio.Event()

    @contextlib.asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Follow the events during the block."""
        following = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following

    async def wait(self) -> None:
        """Return after an event that came since the last call, or after two seconds."""
        await asyncio.sleep(_TOGETHER_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_WAIT_S):
                await self._changed.wait()
        self._changed.clear()

    async def _follow(self) -> None:
        while True:
            # Without the stream, the time between two looks is longer.
            with contextlib.suppress(GatewayRefusalError):
                async with self._client.events() as events:
                    async for event in events:
                        if event.video_id == self._video_id:
                            self._changed.set()
            await asyncio.sleep(_AGAIN_AFTER_S)

"""Delete videos, and wait until their files are gone too."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from uuid import UUID

from captionacc_contracts.api import VideoSummary
from captionacc_contracts.events import Event, EventKind
from captionacc_stack.gateway_client import GatewayClient

from captionacc_cli.videos.words import printable

GONE_LIMIT_S = 120.0
"""Set by hand: the worker usually needs less than half a minute."""


async def delete(
    client: GatewayClient, videos: Sequence[VideoSummary], say: Callable[[str], None]
) -> list[VideoSummary]:
    """Delete the videos, then wait until their files are gone from the store.

    Returns:
        The videos whose files may still be there, because the wait took too long.

    Raises:
        GatewayRefusalError: the gateway refused a deletion.
    """
    left = {video.id: video for video in videos}
    async with client.events() as events:
        for video in videos:
            await client.delete(video.id)
            say(f"{printable(video.display_name)}: deleted; its files are being removed.")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GONE_LIMIT_S):
                async for video_id in _gone(events):
                    if video_id in left:
                        name = printable(left.pop(video_id).display_name)
                        say(f"{name}: all its files are gone.")
                    if not left:
                        break
    return list(left.values())


async def _gone(events: AsyncIterator[Event]) -> AsyncIterator[UUID]:
    async for event in events:
        if event.kind is EventKind.VIDEO_OBJECTS_DELETED and event.video_id is not None:
            yield event.video_id

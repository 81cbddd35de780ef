"""Reads the gateway's event stream as a browser does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx

Message = dict[str, str]


@asynccontextmanager
async def opened(
    gateway: Any, tenant: UUID, last: str | None = None, **claims: Any
) -> AsyncIterator[AsyncIterator[Message]]:
    """Open a stream and yield its messages, parsed as a browser does."""
    headers = gateway.user(tenant, **claims)
    if last is not None:
        headers["Last-Event-ID"] = last
    async with gateway.client.stream("GET", "/events", headers=headers, timeout=20) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield messages(answer)


async def messages(answer: httpx.Response) -> AsyncIterator[Message]:
    fields: Message = {}
    async for line in answer.aiter_lines():
        if not line:
            if "data" in fields:
                yield fields
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value


async def take(stream: AsyncIterator[Message], count: int) -> list[Message]:
    """Return the next numbered messages; the front end's older events have no number."""
    found: list[Message] = []
    async with asyncio.timeout(15):
        while len(found) < count:
            message = await anext(stream)
            if "id" in message:
                found.append(message)
    return found

"""A server before the gateway that loses, doubles and reorders the database's webhooks."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec

ANSWER = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
LIMIT_S = 5.0


class Mischief(msgspec.Struct, frozen=True, kw_only=True):
    """The shares of webhooks that are lost and doubled, and the longest delay."""

    lost: float = 0.0
    doubled: float = 0.0
    longest_delay_s: float = 0.0


class WebhookPost:
    """Made by ``webhook_post``; ``mischief`` may be changed at any time."""

    def __init__(self, gateway_port: int) -> None:
        self._gateway_port = gateway_port
        self._random = random.Random(0)
        self._carrying: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.mischief = Mischief()

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def behave(self, mischief: Mischief, seed: int) -> None:
        self.mischief = mischief
        self._random = random.Random(seed)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._carrying:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(LIMIT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(_length(head))
                self._send(head + body)
                # The sender only logs the answer.
                writer.write(ANSWER)
                await writer.drain()
        writer.close()

    def _send(self, request: bytes) -> None:
        if self._random.random() < self.mischief.lost:
            return
        for _ in range(2 if self._random.random() < self.mischief.doubled else 1):
            delay_s = self._random.uniform(0, self.mischief.longest_delay_s)
            task = asyncio.create_task(self._carry(request, delay_s))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)

    async def _carry(self, request: bytes, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(LIMIT_S):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._gateway_port)
                try:
                    writer.write(request)
                    await writer.drain()
                    await reader.read(1)
                finally:
                    writer.close()


def _length(head: bytes) -> int:
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0


@asynccontextmanager
async def webhook_post(gateway_port: int) -> AsyncIterator[WebhookPost]:
    post = WebhookPost(gateway_port)
    await post.start()
    try:
        yield post
    finally:
        await post.stop()

"""A TCP proxy on loopback that causes faults when a test asks for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK_BYTES = 16 * 1024


class FaultyProxy:
    """Forwards bytes to one server until a test sets a fault; made by ``faulty_proxy``."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._working = asyncio.Event()
        self._working.set()
        self._refusing = False
        self._delay_s = 0.0
        self._answer_bytes: int | None = None
        self._own_answer: bytes | None = None
        self._answered_method = b""
        self.connections = 0

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def restore(self) -> None:
        """End all faults and forward everything again."""
        self._refusing = False
        self._delay_s = 0.0
        self._answer_bytes = None
        self._own_answer = None
        self._working.set()

    def cut(self) -> None:
        """Reset every open connection, and each new connection immediately."""
        self._refusing = True
        for writer in self._open:
            writer.transport.abort()

    def black_hole(self) -> None:
        """Accept connections, but forward nothing in either direction."""
        self._working.clear()

    def delay(self, seconds: float) -> None:
        """Delay every part of an answer by ``seconds``."""
        self._delay_s = seconds

    def truncate_answers(self, after_bytes: int) -> None:
        """Cut a connection once ``after_bytes`` of its answers have passed."""
        self._answer_bytes = after_bytes

    def answer_itself(self, answer: bytes, *, only: bytes = b"") -> None:
        """Answer requests with these bytes and hang up; the server does not get them.

        With ``only``, such as ``PUT``, other requests pass.
        """
        self._own_answer = answer
        self._answered_method = only

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        self._working.set()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        try:
            requests = asyncio.create_task(self._pass_requests(reader, far_writer, writer))
            answers = asyncio.create_task(self._pass_answers(far_reader, writer))
            await asyncio.wait({requests, answers}, return_when=asyncio.FIRST_COMPLETED)
            for task in (requests, answers):
                task.cancel()
                with suppress(asyncio.CancelledError, OSError):
                    await task
        finally:
            for end in (writer, far_writer):
                self._open.discard(end)
                end.close()

    async def _pass_requests(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamWriter,
    ) -> None:
        while data := await reader.read(CHUNK_BYTES):
            await self._working.wait()
            if self._own_answer is not None and data.startswith(self._answered_method):
                back.write(self._own_answer)
                await back.drain()
                return
            writer.write(data)
            await writer.drain()

    async def _pass_answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        passed = 0
        while data := await reader.read(CHUNK_BYTES):
            await self._working.wait()
            if self._delay_s:
                await asyncio.sleep(self._delay_s)
            if self._answer_bytes is not None:
                data = data[: self._answer_bytes - passed]
            writer.write(data)
            await writer.drain()
            passed += len(data)
            if self._answer_bytes is not None and passed >= self._answer_bytes:
                return


@asynccontextmanager
async def faulty_proxy(host: str, port: int) -> AsyncIterator[FaultyProxy]:
    """A ``FaultyProxy`` in front of ``host``:``port``, on a free port."""
    proxy = FaultyProxy(host, port)
    await proxy._start()
    try:
        yield proxy
    finally:
        await proxy._stop()

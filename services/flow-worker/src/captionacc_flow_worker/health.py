"""Serves ``/health/live``, ``/health/ready`` and ``/metrics`` with asyncio alone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import msgspec
from captionacc_observability import metrics
from captionacc_observability.health import HealthReport, Readiness
from captionacc_observability.listening import listening_socket

# A request and its answer, health checks included.
_LIMIT_S = 5.0
_MOST_HEADER_BYTES = 16_384
_REASONS = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


class HealthServer:
    """A worker that drains, as ``draining`` says, is alive but not ready."""

    def __init__(self, readiness: Readiness, draining: Callable[[], bool]) -> None:
        self._readiness = readiness
        self._draining = draining

    @contextlib.asynccontextmanager
    async def serve(self, host: str, port: int) -> AsyncIterator[int]:
        """Serve while the block runs; gives the port, which the system chooses if ``port`` is 0."""
        server = await asyncio.start_server(
            self._answer, sock=listening_socket(host, port), limit=_MOST_HEADER_BYTES
        )
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_LIMIT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                status, kind, body = await self._respond(head)
                writer.write(
                    f"HTTP/1.1 {status} {_REASONS[status]}\r\ncontent-type: {kind}\r\n"
                    f"content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()

    async def _respond(self, head: bytes) -> tuple[int, str, bytes]:
        words = head.split(b"\r\n", 1)[0].split(b" ")
        if len(words) != 3 or words[0] != b"GET":
            return 405, "text/plain", b"only GET\n"
        match words[1].split(b"?")[0]:
            case b"/health/live":
                return 200, "application/json", b'{"status":"alive"}'
            case b"/health/ready":
                report = await self._ready()
                return (200 if report.ok else 503), "application/json", msgspec.json.encode(report)
            case b"/metrics":
                body, kind = metrics.exposition()
                return 200, kind, body
            case _:
                return 404, "text/plain", b"not found\n"

    async def _ready(self) -> HealthReport:
        report = await self._readiness.report()
        if not self._draining():
            return report
        checks = {**report.checks, "worker": "draining"}
        return HealthReport(ok=False, checks=checks, degraded=report.degraded)

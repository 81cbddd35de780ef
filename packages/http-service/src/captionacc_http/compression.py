"""Compresses answers with gzip outside the event loop."""

import asyncio
import gzip
from typing import Any

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.types import ASGIApp, Message, Receive, Scope, Send

# An answer below this size fits into one packet anyway.
SMALLEST_BYTES = 1400
# Compressing up to this size takes less time than a thread takes to start: under a millisecond.
_INLINE_BYTES = 16 * 1024
# The level at which lists of videos shrink to a tenth; higher levels gain a few percent.
_LEVEL = 3
_COMPRESSIBLE = ("application/json", "application/problem+json", "text/", "application/x-subrip")


def accepts_gzip(header: str | None) -> bool:
    """Whether an ``Accept-Encoding`` header accepts gzip."""
    for offered in (header or "").lower().split(","):
        name, _, parameters = offered.partition(";")
        if name.strip() in ("gzip", "*"):
            return parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def compress_answers(app: ASGIApp) -> ASGIApp:
    """Wrap an application; whole text answers are compressed for clients that accept it.

    Answers that come in parts, such as event streams, and those that have an encoding already, pass
    unchanged.
    """

    async def compressing(scope: Scope, receive: Receive, send: Send) -> None:
        if not accepts_gzip(Headers.from_scope(scope).get("accept-encoding")):
            await app(scope, receive, send)
            return
        start: Message | None = None

        async def compressed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_compressible(message):
                start = message
                return
            if start is not None:
                if message["type"] == "http.response.body" and not message["more_body"]:
                    message["body"] = await _compress(start, message["body"])
                await send(start)
                start = None
            await send(message)

        await app(scope, receive, compressed)

    return compressing


def _is_compressible(start: Any) -> bool:
    headers = {name.lower(): value for name, value in start["headers"]}
    kind = headers.get(b"content-type", b"").decode("latin-1")
    return (
        kind.startswith(_COMPRESSIBLE)
        and not kind.startswith("text/event-stream")
        and b"content-encoding" not in headers
    )


async def _compress(start: Any, body: bytes) -> bytes:
    headers = MutableScopeHeaders(start)
    headers.extend_header_value("vary", "Accept-Encoding")
    if len(body) < SMALLEST_BYTES:
        return body
    if len(body) <= _INLINE_BYTES:
        smaller = gzip.compress(body, _LEVEL)
    else:
        smaller = await asyncio.to_thread(gzip.compress, body, _LEVEL)
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(smaller))
    return smaller

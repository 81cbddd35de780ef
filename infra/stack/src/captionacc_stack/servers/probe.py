"""Ask an HTTP server on loopback whether it answers, without a client library."""

import asyncio
from contextlib import suppress

# A server that needs longer for a probe is too busy to count as ready.
PROBE_TIMEOUT_S = 3.0


async def answers_ok(port: int, path: str, *, authorization: str | None = None) -> bool:
    """Whether ``GET path`` on 127.0.0.1:``port`` gets status 200 within a few seconds."""
    return await _get(port, path, authorization) is not None


async def shows_line(port: int, path: str, line: str) -> bool:
    """Whether the answer to ``GET path`` on 127.0.0.1:``port`` has this line."""
    body = await _get(port, path, None)
    return body is not None and line.encode() in body.splitlines()


async def _get(port: int, path: str, authorization: str | None) -> bytes | None:
    """The answer with status 200, or None."""
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                headers = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
                if authorization is not None:
                    headers += f"Authorization: {authorization}\r\n"
                writer.write(f"{headers}\r\n".encode())
                await writer.drain()
                answer = await reader.read()
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return None
    head, _, body = answer.partition(b"\r\n\r\n")
    return body if head.split()[1:2] == [b"200"] else None

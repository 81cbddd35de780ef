"""Ask an HTTP server on loopback whether it answers, without a client library."""

import asyncio
from contextlib import suppress

# A server that needs longer for a probe is too busy to count as ready.
PROBE_TIMEOUT_S = 3.0


async def answers_ok(port: int, path: str, *, authorization: str | None = None) -> bool:
    """Whether ``GET path`` on 127.0.0.1:``port`` gets status 200 within a few seconds."""
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                headers = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
                if authorization is not None:
                    headers += f"Authorization: {authorization}\r\n"
                writer.write(f"{headers}\r\n".encode())
                await writer.drain()
                status = await reader.readline()
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return False
    return status.split()[1:2] == [b"200"]

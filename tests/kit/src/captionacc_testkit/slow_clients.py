"""Clients that hold connections: half a head, half a body, or nothing at all.

As a command it attacks a running gateway and prints the figures::

    python -m captionacc_testkit.slow_clients PORT CLIENTS SECONDS
"""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

DRIP_S = 1.0
KINDS: dict[str, bytes] = {
    "half a head": b"GET /health/live HTTP/1.1\r\nHost: gateway\r\nX-Drip: ",
    "half a body": (
        b"POST /webhooks/supabase/videos HTTP/1.1\r\nHost: gateway\r\n"
        b"Authorization: Bearer webhook-secret-now\r\n"
        b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"
    ),
    "nothing": b"",
}


@dataclass
class Seen:
    """``held_s`` has the seconds that each connection lasted which the gateway ended, by kind."""

    held_s: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    answers_s: list[float] = field(default_factory=list)
    failed: int = 0

    def percentile(self, share: float) -> float:
        """The time within which this share of the other client's requests was answered."""
        return sorted(self.answers_s)[
            min(int(len(self.answers_s) * share), len(self.answers_s) - 1)
        ]


async def hold(port: int, kind: str, seen: Seen, drips: bool) -> None:
    """Hold one connection until the gateway ends it."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    with suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        began = loop.time()
        try:
            writer.write(KINDS[kind])
            while True:
                try:
                    async with asyncio.timeout(DRIP_S):
                        if not await reader.read(4096):
                            break
                except TimeoutError:
                    if drips and KINDS[kind]:
                        writer.write(b"x")
        finally:
            writer.close()
    seen.held_s[kind].append(loop.time() - began)


async def probe(port: int, seen: Seen, seconds: float) -> None:
    """Ask for ``/health/live`` ten times a second, each time on a new connection."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while loop.time() < until:
        began = loop.time()
        try:
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(
                    b"GET /health/live HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n"
                )
                answer = await reader.read(512)
                writer.close()
        except (OSError, TimeoutError):
            answer = b""
        if b" 200 " in answer:
            seen.answers_s.append(loop.time() - began)
        else:
            seen.failed += 1
        await asyncio.sleep(0.1)


async def attack(
    port: int,
    clients: int,
    seconds: float,
    kinds: Sequence[str] = tuple(KINDS),
    *,
    rest_s: float = 0.0,
) -> Seen:
    """Hold connections of all kinds for ``seconds``, and watch how another client fares.

    Connections that were made late get ``rest_s`` more seconds to be ended by the gateway.
    """
    seen = Seen()
    holding = [
        asyncio.create_task(hold(port, kinds[number % len(kinds)], seen, drips=number % 2 == 0))
        for number in range(clients)
    ]
    await probe(port, seen, seconds)
    await asyncio.wait(holding, timeout=rest_s)
    for task in holding:
        task.cancel()
    await asyncio.gather(*holding, return_exceptions=True)
    return seen


def main() -> None:
    port, clients, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    seen = asyncio.run(attack(port, clients, seconds))
    print(f"other client: {len(seen.answers_s)} answers, {seen.failed} failures")
    if seen.answers_s:
        p50, p99 = seen.percentile(0.5), seen.percentile(0.99)
        print(f"  p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms")
    for kind, held_s in seen.held_s.items():
        longest = max(held_s, default=0.0)
        print(f"{kind}: {len(held_s)} ended by the gateway, the longest after {longest:.1f} s")


if __name__ == "__main__":
    main()

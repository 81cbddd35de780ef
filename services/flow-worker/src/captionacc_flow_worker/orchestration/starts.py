"""Prioritises job starts: reports to Prefect wait until no start is under way.

The Prefect server handles requests in one process, one after the other.
"""

import asyncio
import contextlib
from collections.abc import Hashable

# A slot that has just become free begins its next start within this time.
_MOMENT_S = 0.01
# Starts may follow one another without end, so a report waits no longer than this.
_LONGEST_S = 1.0


class Starts:
    """Holds the starts under way, from the search for a job to the first line of its flow."""

    def __init__(self) -> None:
        self._under_way: set[Hashable] = set()
        self._none = asyncio.Event()
        self._none.set()

    def begin(self, token: Hashable) -> None:
        self._under_way.add(token)
        self._none.clear()

    def end(self, token: Hashable) -> None:
        """Does nothing if the start has already ended."""
        self._under_way.discard(token)
        if not self._under_way:
            self._none.set()

    async def let_pass(self) -> None:
        """Wait until no start is under way, but a second at most."""
        await asyncio.sleep(_MOMENT_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_S):
                await self._none.wait()

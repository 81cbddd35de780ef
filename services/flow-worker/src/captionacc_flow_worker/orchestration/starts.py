"""Prioritise job starts: reports to Prefect wait until no start is under way.

The Prefect server handles requests in one process, one after the other.
"""

import asyncio
import contextlib
from collections.abc import Hashable

# A slot that fell free this moment is filled within it.
_MOMENT_S = 0.01
_LONGEST_S = 1.0


class Starts:
    """Which starts are under way, from the search for a job to the first line of its flow."""

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
        """Wait until no start is under way, for a second at most: starts may never stop coming."""
        await asyncio.sleep(_MOMENT_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_S):
                await self._none.wait()

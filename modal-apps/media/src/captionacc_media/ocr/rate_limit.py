"""Limits the number of starts per minute, evenly spread."""

import asyncio


class RateLimit:
    """Lets ``per_minute`` callers start per minute, up to ``burst`` at once after a pause."""

    def __init__(self, *, per_minute: float, burst: int = 10) -> None:
        self._interval_s = 60 / per_minute
        self._burst_s = self._interval_s * (burst - 1)
        self._next = float("-inf")

    async def wait(self) -> None:
        """Return when the caller may start. Callers start in the order of their calls."""
        now = asyncio.get_running_loop().time()
        # Reserve the time before the await, so that no other caller takes it.
        self._next = max(self._next, now - self._burst_s)
        start = self._next
        self._next += self._interval_s
        if start > now:
            await asyncio.sleep(start - now)

"""How long to wait before a compute process that was killed while it waited is replaced. Pure."""

from captionacc_flow_worker.outages.breaker import Pauses

# A start costs seconds of processor time. Where something kills each process that waits for a call,
# for want of memory for example, starting them all the time would slow the calls down.
PAUSES = Pauses(first_s=2.0, longest_s=120.0, steady_s=60.0)


class ReplacementPauses:
    """No pause before the first replacement; growing ones while processes are killed again."""

    def __init__(self, pauses: Pauses = PAUSES) -> None:
        self._pauses = pauses
        self._replaced = 0
        self._last_at = float("-inf")

    def next_s(self, now: float, jitter: float) -> float:
        """Seconds to wait before the next replacement, which this counts.

        Args:
            now: Seconds of a clock that does not jump.
            jitter: Drawn from [0, 1).
        """
        if now - self._last_at > self._pauses.steady_s:
            self._replaced = 0
        pause_s = 0.0 if self._replaced == 0 else self._pauses.before(self._replaced - 1, jitter)
        self._replaced += 1
        self._last_at = now + pause_s
        return pause_s

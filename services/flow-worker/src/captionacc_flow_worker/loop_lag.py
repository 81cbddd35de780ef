"""Measures how late the event loop runs; a task that blocks the loop delays all others."""

import asyncio

from captionacc_observability.metrics import Histogram

LAG = Histogram(
    "captionacc_worker_loop_lag_seconds",
    "Delay of the event loop's timers, one observation per timer that was due",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1, 2, 5, 15),
)
_PERIOD_S = 0.1


async def watch_lag(period_s: float = _PERIOD_S) -> None:
    """Observe the lag every ``period_s`` until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + period_s
        await asyncio.sleep(period_s)
        # While the loop is blocked, no timer fires. The timers that were due then are counted now.
        for lag in lags(loop.time() - due, period_s):
            LAG.observe(lag)


def lags(late_s: float, period_s: float) -> list[float]:
    """The lags of all timers that were due up to ``late_s`` ago, longest first."""
    missed = int(max(0.0, late_s) / period_s)
    return [max(0.0, late_s) - period_s * number for number in range(missed + 1)]

import asyncio
import contextlib
import time

import pytest
from captionacc_flow_worker.loop_lag import LAG, lags, watch_lag


def test_every_timer_inside_a_stall_counts() -> None:
    assert lags(0.35, 0.1) == pytest.approx([0.35, 0.25, 0.15, 0.05])


def test_a_punctual_timer_counts_once() -> None:
    assert lags(-0.001, 0.1) == [0.0]


async def test_a_blocked_loop_is_observed() -> None:
    def above_50_ms() -> float:
        samples = next(iter(LAG.collect())).samples
        count = next(one.value for one in samples if one.name.endswith("_count"))
        below = next(one.value for one in samples if one.labels.get("le") == "0.05")
        return count - below

    before = above_50_ms()
    watching = asyncio.create_task(watch_lag(0.01))
    await asyncio.sleep(0.02)
    time.sleep(0.2)  # noqa: ASYNC251  the very thing that is measured
    await asyncio.sleep(0.02)
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    assert above_50_ms() - before >= 10

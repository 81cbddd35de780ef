"""Time two ways of doing the same work in turn, so that a busy machine slows down both."""

import os
import statistics
import time
from collections.abc import Callable


def paired(
    name: str, ours: Callable[[], object], baseline: Callable[[], object], rounds: int
) -> None:
    """Run both ``rounds`` times in turn after a warm-up; print medians, and the ratio per pair."""
    ours()
    baseline()
    pairs = [(_seconds(ours), _seconds(baseline)) for _ in range(rounds)]
    ratios = sorted(slow / fast for fast, slow in pairs)
    print(
        f"{name}: {statistics.median(fast for fast, _ in pairs):.2f} s against "
        f"{statistics.median(slow for _, slow in pairs):.2f} s, "
        f"{statistics.median(ratios):.1f}x (min {ratios[0]:.1f}, max {ratios[-1]:.1f}, "
        f"{rounds} pairs, {os.cpu_count()} cores)"
    )


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start

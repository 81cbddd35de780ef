"""120 flows at once in one worker: their memory, and whether the worker's loop stalls."""

import asyncio
import re
from pathlib import Path

from benchmarks.start.figures import Figure
from benchmarks.start.stack import Stack, Worker

FLOWS = 120
WARM = 5
COMPUTE_S = 90.0
LAG = re.compile(r'^captionacc_worker_loop_lag_seconds_bucket\{le="([^"]+)"\} (\S+)$', re.MULTILINE)


async def measure(stack: Stack) -> list[Figure]:
    uploads = await stack.uploads(FLOWS + WARM, tenant_count=40)
    async with stack.worker("in-flight", concurrency=FLOWS) as worker:
        # Modules that the first runs import do not count as memory of the flows in flight.
        await stack.accept_all(uploads[:WARM])
        await worker.until("attempt_ended", WARM, 90)
        memory = _memory_mib(worker)
        stack.let_calls_take(COMPUTE_S)
        lag = await _lag(stack, worker)
        seen: list[float] = []
        watching = asyncio.create_task(_watch_memory(worker, seen))
        await stack.accept_all(uploads[WARM:])
        await worker.until("flow_started", WARM + FLOWS, 180)
        most = FLOWS + WARM - len(worker.events("attempt_ended"))
        await worker.until("attempt_ended", WARM + FLOWS, 180)
        watching.cancel()
        spent = {bound: count - lag[bound] for bound, count in (await _lag(stack, worker)).items()}
        grown = max(seen) - memory
    return [
        Figure(name="flows in flight at once", value=most, unit="", samples=1),
        Figure(
            name=f"{FLOWS} flows in flight: peak growth of the worker's memory",
            value=grown,
            unit="MiB",
            at_most=30,
            samples=1,
        ),
        Figure(
            name=f"{FLOWS} flows from start to end: loop lag p99",
            value=_bound(spent, 0.99),
            unit="s",
            at_most=0.5,
            samples=int(spent[float("inf")]),
        ),
        Figure(
            name=f"{FLOWS} flows from start to end: longest loop lag",
            value=_bound(spent, 1.0),
            unit="s",
            samples=int(spent[float("inf")]),
        ),
    ]


def _memory_mib(worker: Worker) -> float:
    status = Path(f"/proc/{worker.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def _watch_memory(worker: Worker, seen: list[float]) -> None:
    while True:
        seen.append(_memory_mib(worker))
        await asyncio.sleep(0.25)


async def _lag(stack: Stack, worker: Worker) -> dict[float, float]:
    """The number of timers that were late by at most each bound."""
    answer = await stack.http.get(f"{worker.health_url}/metrics")
    return {float(bound): float(count) for bound, count in LAG.findall(answer.text)}


def _bound(counts: dict[float, float], share: float) -> float:
    """The smallest bound that this share of the timers did not exceed."""
    wanted = counts[float("inf")] * share
    return min(bound for bound, count in counts.items() if count >= wanted)

"""Time from a webhook to the first line of its flow, in turn with a stock worker."""

import asyncio
import random

from benchmarks.start.figures import Figure, median, percentiles
from benchmarks.start.stack import Stack
from benchmarks.start.stock import stock_worker

ROUNDS = 4
OURS_PER_ROUND = 3


async def measure(stack: Stack) -> list[Figure]:
    uploads = await stack.uploads(ROUNDS * OURS_PER_ROUND + 1, tenant_count=5)
    ours: list[float] = []
    stocks: list[float] = []
    async with (
        stack.worker("latency", concurrency=10) as worker,
        stock_worker(stack, "stock-latency") as stock,
    ):
        # The first run of a process also imports modules, so it does not count. The stock worker
        # had such a run when it started.
        first = uploads.pop()
        await stack.accept(first)
        await worker.until("attempt_ended", 1, 30)
        for _ in range(ROUNDS):
            for _ in range(OURS_PER_ROUND):
                upload = uploads.pop()
                done = len(worker.events("attempt_ended"))
                sent = await stack.accept(upload)
                await worker.until("attempt_ended", done + 1, 30)
                ours.append(worker.events("flow_started")[upload.video_id] - sent)
                # A random pause, so that no poll of either worker is in step with the next job.
                await asyncio.sleep(random.uniform(0.5, 1.5))
            run_id, sent = await stock.accept()
            stocks.append(await stock.first_line(run_id) - sent)
            await stock.last_end([run_id], 60)
            await asyncio.sleep(random.uniform(0.0, 3.0))
    ratio = median(stocks) / median(ours)
    return [
        *percentiles("webhook sent -> first line", ours, unit="s", at_most=0.4, p95_at_most=1.0),
        Figure(
            name="the same with the stock process worker, p50",
            value=median(stocks),
            unit="s",
            samples=len(stocks),
        ),
        Figure(
            name="times sooner than stock, p50",
            value=ratio,
            unit="x",
            at_least=20,
            samples=len(stocks),
        ),
    ]

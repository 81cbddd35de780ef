"""How many flows per minute complete, ours and stock, one after the other."""

from benchmarks.start.figures import Figure
from benchmarks.start.stack import Stack
from benchmarks.start.stock import stock_worker

OURS = 120
STOCK = 12
SLOTS = 20


async def measure(stack: Stack) -> list[Figure]:
    await stack.make_deployments()
    trivial = await _ours(stack, "trivial", "benchmarks.start.trivial_worker")
    whole = await _ours(stack, "whole", "captionacc_flow_worker")
    async with stock_worker(stack, "stock-throughput") as stock:
        runs = [await stock.accept() for _ in range(STOCK)]
        ended = await stock.last_end([run_id for run_id, _ in runs], 600)
        stocks = STOCK * 60 / (ended - runs[0][1])
    return [
        Figure(
            name="trivial flows per minute, ours: claimed, run, published",
            value=trivial,
            unit="/min",
            samples=OURS,
        ),
        Figure(
            name="trivial flows per minute, stock process worker",
            value=stocks,
            unit="/min",
            samples=STOCK,
        ),
        Figure(
            name="how many times stock's throughput",
            value=trivial / stocks,
            unit="x",
            at_least=13,
            samples=1,
        ),
        Figure(
            name="whole jobs per minute, with call, checks and artifacts",
            value=whole,
            unit="/min",
            samples=OURS,
        ),
        Figure(
            name="  how many times stock's trivial flows",
            value=whole / stocks,
            unit="x",
            samples=1,
        ),
    ]


async def _ours(stack: Stack, name: str, module: str) -> float:
    """Flows per minute from the moment at which all wait and the worker is ready."""
    uploads = await stack.uploads(OURS, tenant_count=20)
    await stack.accept_all(uploads)
    async with stack.worker(name, concurrency=SLOTS, module=module) as worker:
        ended = await worker.until("attempt_ended", OURS, 300)
        return OURS * 60 / (max(ended.values()) - (worker.ready_at or 0))

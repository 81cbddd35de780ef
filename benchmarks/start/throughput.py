"""How many flows per minute our worker and a stock worker complete, one after the other."""

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
        _per_minute("trivial flows per minute, ours: claimed, run, published", trivial, OURS),
        _per_minute("trivial flows per minute, stock process worker", stocks, STOCK),
        _ratio("how many times stock's throughput", trivial / stocks, at_least=13),
        _per_minute("whole jobs per minute, with call, checks and artifacts", whole, OURS),
        _ratio("  how many times stock's trivial flows", whole / stocks),
    ]


def _per_minute(name: str, value: float, samples: int) -> Figure:
    return Figure(name=name, value=value, unit="/min", samples=samples)


def _ratio(name: str, value: float, at_least: float | None = None) -> Figure:
    return Figure(name=name, value=value, unit="x", samples=1, at_least=at_least)


async def _ours(stack: Stack, name: str, module: str) -> float:
    """Flows per minute from the moment when all jobs wait and the worker is ready."""
    uploads = await stack.uploads(OURS, tenant_count=20)
    await stack.accept_all(uploads)
    async with stack.worker(name, concurrency=SLOTS, module=module) as worker:
        ended = await worker.until("attempt_ended", OURS, 300)
        return OURS * 60 / (max(ended.values()) - (worker.ready_at or 0))

"""The baseline: Prefect's own process worker with default settings."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from captionacc_stack.servers.process import ProcessSpec, start
from captionacc_testkit.waiting import eventually

from benchmarks.start.stack import HERE, Stack, environment

POOL = "stock"


@dataclass(frozen=True, kw_only=True)
class Stock:
    """A running stock worker."""

    stack: Stack
    deployment_id: str
    starts: Path

    async def accept(self) -> tuple[str, float]:
        """Make a run; return its id and the time at which its request was sent."""
        sent = time.time()
        answer = await self.stack.http.post(
            f"{self.stack.prefect_api_url}/deployments/{self.deployment_id}/create_flow_run",
            json={"state": {"type": "SCHEDULED"}},
        )
        return answer.raise_for_status().json()["id"], sent

    async def first_line(self, run_id: str, limit_s: float = 90) -> float:
        """The time at which the flow of this run started."""
        path = self.starts / run_id

        def noted() -> float:
            return float(path.read_text() or 0) if path.exists() else 0

        return await eventually(noted, limit_s, what=f"stock run {run_id}")

    async def last_end(self, run_ids: list[str], limit_s: float) -> float:
        """The time at which all runs were first seen completed."""
        wanted = {"id": {"any_": run_ids}, "state": {"type": {"any_": ["COMPLETED"]}}}

        async def ended() -> bool:
            answer = await self.stack.http.post(
                f"{self.stack.prefect_api_url}/flow_runs/count", json={"flow_runs": wanted}
            )
            return bool(answer.raise_for_status().json() == len(run_ids))

        deadline = time.monotonic() + limit_s
        while not await ended():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(run_ids)} stock runs did not end in {limit_s:g} s")
            await asyncio.sleep(0.5)
        return time.time()


@contextlib.asynccontextmanager
async def stock_worker(stack: Stack, name: str) -> AsyncIterator[Stock]:
    """A stock worker that runs during the block."""
    starts = stack.directory / "stock-starts"
    starts.mkdir(exist_ok=True)
    deployment_id = await _deploy(stack)
    spec = ProcessSpec(
        name=name,
        argv=(sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--name", name),
        env=environment(
            PREFECT_API_URL=stack.prefect_api_url,
            PREFECT_HOME=str(stack.directory / "prefect-stock"),
            BENCH_STARTS=str(starts),
            PREFECT_LOGGING_LEVEL="INFO",
        ),
        cwd=stack.directory,
        log_file=stack.directory / f"{name}.log",
        ports=(),
        ready=_at_once,
    )
    process = await start(spec)
    try:
        stock = Stock(stack=stack, deployment_id=deployment_id, starts=starts)
        # The first run also shows that the worker is up.
        run_id, _ = await stock.accept()
        await stock.first_line(run_id)
        await stock.last_end([run_id], 60)
        yield stock
    finally:
        await process.stop(30)


async def _deploy(stack: Stack) -> str:
    api, http = stack.prefect_api_url, stack.http
    template = (await http.get(f"{api}/collections/views/aggregate-worker-metadata")).json()
    process_type = template["prefect"]["process"]
    answer = await http.post(
        f"{api}/work_pools/",
        json={
            "name": POOL,
            "type": "process",
            "base_job_template": process_type["default_base_job_configuration"],
        },
    )
    if not answer.is_success and answer.status_code != 409:
        answer.raise_for_status()
    flow = await http.post(f"{api}/flows/", json={"name": "trivial"})
    deployment = await http.post(
        f"{api}/deployments/",
        json={
            "name": "stock",
            "flow_id": flow.raise_for_status().json()["id"],
            "work_pool_name": POOL,
            "entrypoint": "stock_flow.py:trivial",
            "pull_steps": [
                {"prefect.deployments.steps.set_working_directory": {"directory": str(HERE)}}
            ],
        },
    )
    return str(deployment.raise_for_status().json()["id"])


async def _at_once() -> bool:
    return True

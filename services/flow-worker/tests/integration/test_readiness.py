"""Readiness of the worker: a frozen Postgres is said soon; what has a fall-back degrades only."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from captionacc_stack.servers.postgres import PostgresServer
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.worker_process import WorkerProcess
from captionacc_testkit.worker.world import World


def processes_in(folder: Path) -> list[int]:
    """The processes that work in a folder; those of Postgres work in its cluster."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with suppress(OSError):
                if (process / "cwd").readlink() == folder:
                    found.append(int(process.name))
    return found


@contextmanager
def frozen(server: PostgresServer) -> Iterator[None]:
    pids = processes_in(server.cluster)
    assert len(pids) > 3
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


async def readiness(worker: WorkerProcess) -> tuple[int, dict[str, Any], float]:
    """The status and the body of an answer, and the seconds that it took."""
    async with httpx.AsyncClient(timeout=20) as client:
        # The clock starts when there is a connection: making one depends on the machine's load.
        await client.get(f"{worker.health_url}/health/live")
        began = time.monotonic()
        answer = await client.get(f"{worker.health_url}/health/ready")
        return answer.status_code, answer.json(), time.monotonic() - began


async def test_readiness_depends_on_postgres_and_not_on_what_has_a_fall_back(
    world: World, postgres_server: PostgresServer
) -> None:
    worker = await world.start_worker(PRIORITY_URL="http://127.0.0.1:9").ready()

    async def ready() -> dict[str, Any]:
        status, body, _ = await readiness(worker)
        assert status == 200, body
        return body

    body = await eventually(ready, 20)
    assert (body["ok"], body["degraded"]) == (True, ["priority"])

    with frozen(postgres_server):
        status, body, took_s = await readiness(worker)
    print(f"told after {took_s:.2f} s: {body}")
    assert status == 503
    assert body["checks"]["postgres"] != "ok"
    assert took_s < 2

    await eventually(ready, 40)

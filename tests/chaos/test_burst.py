"""Two thousand webhooks while the Prefect server is killed: one job and one run a video."""

import asyncio
import json
import os
import random
import secrets
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from captionacc_contracts.work.flows import WORK_POOL, idempotency_key
from captionacc_stack.servers.ports import free_port
from captionacc_stack.servers.postgres import PostgresServer
from captionacc_stack.servers.prefect import PrefectServer
from captionacc_stack.servers.process import (
    ManagedProcess,
    ProcessSpec,
    spawn,
    start,
)
from captionacc_testkit.waiting import eventually

VIDEOS = 2000
TENANTS = 200
REPEATS = 200
# What pg_net posts at once, and how long it waits for an answer.
IN_FLIGHT = 200
SENDER_WAITS_S = 5.0
KILL_AFTER, RESTART_AFTER = 600, 1400
RUNS_WITHIN_S = 1200
# The worker gives up a call to Prefect after this long.
PREFECT_WITHIN_S = 10
ACCEPTED_AT_LEAST = 100
SECRET = "webhook-secret-of-the-burst"


def service(module: str, directory: Path, port: int, **env: str) -> ProcessSpec:
    url = f"http://127.0.0.1:{port}/health/live"

    async def live() -> bool:
        try:
            async with httpx.AsyncClient(timeout=2) as client:
                return (await client.get(url)).status_code == 200
        except httpx.HTTPError:
            return False

    common = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return ProcessSpec(
        name=module,
        argv=(sys.executable, "-m", module),
        env={**common, "HOST": "127.0.0.1", "LOG_LEVEL": "WARNING", **env},
        cwd=directory,
        log_file=directory / f"{module}.log",
        port=port,
        ready=live,
    )


@asynccontextmanager
async def running(spec: ProcessSpec) -> AsyncIterator[ManagedProcess]:
    process = await start(spec)
    try:
        yield process
    finally:
        await process.stop(timeout_s=3)


async def insert_videos(dsn: str) -> list[UUID]:
    """Insert as the web app does; sizes on both sides of the limit for small videos."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            """
            insert into captionacc.videos (tenant_id, display_name, size_bytes)
            select ($2::uuid[])[1 + n % cardinality($2::uuid[])], 'v' || n, 100000 * n
            from generate_series(0, $1::int - 1) n
            returning id
            """,
            VIDEOS,
            [UUID(int=number + 1) for number in range(TENANTS)],
        )
    finally:
        await connection.close()
    return [row["id"] for row in rows]


class Burst:
    """Posts webhooks as pg_net does: ``IN_FLIGHT`` at once, each one time, with one deadline."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.answered = 0
        self.outcomes: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.runs_told: dict[UUID, set[UUID]] = defaultdict(set)
        self.told_later = 0

    async def post(self, videos: list[UUID]) -> None:
        waiting = iter(videos)

        async def sender() -> None:
            for video in waiting:
                await self._post(video)

        async with asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(sender())

    async def until(self, answered: int) -> None:
        await eventually(lambda: self.answered >= answered, 300, what=f"{answered} answers")

    async def _post(self, video: UUID) -> None:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(SENDER_WAITS_S):
                status, answer = await self._exchange(video)
        except TimeoutError:
            self.outcomes["no answer in time"] += 1
        else:
            self.outcomes[str(status)] += 1
            if status == 202:
                assert answer["video_id"] == str(video)
                if answer["flow_run_id"] is None:
                    self.told_later += 1
                else:
                    self.runs_told[video].add(UUID(answer["flow_run_id"]))
        self.seconds.append(time.perf_counter() - began)
        self.answered += 1

    async def _exchange(self, video: UUID) -> tuple[int, Any]:
        """One request on a connection of its own; a whole client would outweigh the gateway."""
        record = {"id": str(video), "tenant_id": str(UUID(int=1))}
        event = {"type": "INSERT", "table": "videos", "schema": "captionacc", "old_record": None}
        body = json.dumps(event | {"record": record})
        head = (
            "POST /webhooks/supabase/videos HTTP/1.1",
            "Host: gateway",
            "Connection: close",
            f"Authorization: Bearer {SECRET}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write("\r\n".join([*head, "", body]).encode())
            shown, _, content = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
        return int(shown.split(b" ", 2)[1]), json.loads(content)


class Onlooker:
    """What else asks the Prefect server meanwhile, and how long it waits for an answer."""

    def __init__(self, prefect: PrefectServer, worker_health_port: int) -> None:
        self._pool = f"{prefect.api_url}/work_pools/{WORK_POOL}"
        self._metrics = f"http://127.0.0.1:{worker_health_port}/metrics"
        self.seconds: list[float] = []

    async def pause_pool(self) -> None:
        """Returns when the worker makes runs, but starts none of them."""
        async with httpx.AsyncClient(timeout=10) as client:

            async def paused() -> bool:
                answer = await client.patch(self._pool, json={"is_paused": True})
                metrics = await client.get(self._metrics)
                return answer.is_success and "captionacc_worker_paused 1.0" in metrics.text

            done: bool = await eventually(paused, 60, what="the pause of the pool")
            assert done

    async def watch(self) -> None:
        async with httpx.AsyncClient(timeout=60) as client:
            while True:
                began = time.perf_counter()
                with suppress(httpx.TransportError):
                    (await client.get(self._pool)).raise_for_status()
                    self.seconds.append(time.perf_counter() - began)
                await asyncio.sleep(0.25)


def spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    places = {"p50": len(ordered) // 2, "p99": len(ordered) * 99 // 100, "max": -1}
    return {name: round(ordered[place], 3) for name, place in places.items()}


@pytest.mark.timeout(1800)
async def test_a_burst_of_webhooks_with_the_prefect_server_killed_in_the_middle(
    postgres_server: PostgresServer,
    new_database: Callable[[], Awaitable[str]],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    dsn = await new_database()
    runs_database = f"prefect_burst_{secrets.token_hex(4)}"
    await postgres_server.ensure_database(runs_database)
    prefect = PrefectServer(tmp_path / "prefect", free_port(), postgres_server.dsn(runs_database))
    priority_port, gateway_port, worker_port = free_port(), free_port(), free_port()
    addresses = {
        "SUPABASE_DB_URL": dsn,
        "PREFECT_API_URL": prefect.api_url,
        "PRIORITY_URL": f"http://127.0.0.1:{priority_port}",
    }
    priority = service("captionacc_priority", tmp_path, priority_port, PORT=str(priority_port))
    gateway = service(
        "captionacc_webhook_gateway",
        tmp_path,
        gateway_port,
        PORT=str(gateway_port),
        SUPABASE_JWT_ISSUER="https://project.test/auth/v1",
        SUPABASE_JWT_SECRET=secrets.token_hex(32),
        WEBHOOK_SECRET=SECRET,
        **addresses,
    )
    worker = service(
        "captionacc_flow_worker",
        tmp_path,
        worker_port,
        HEALTH_PORT=str(worker_port),
        COMPUTE="local",
        COMPUTE_DIRECTORY=str(tmp_path / "compute"),
        PREFECT_HOME=str(tmp_path / "worker"),
        # No job runs, so nobody asks the store for anything.
        WASABI_ENDPOINT_URL="http://127.0.0.1:9",
        WASABI_ACCESS_KEY="a",
        WASABI_SECRET_KEY="b",
        WASABI_BUCKET="c",
        **addresses,
    )
    burst = Burst(gateway_port)
    onlooker = Onlooker(prefect, worker_port)
    async with AsyncExitStack() as stack:
        # Two take turns at this port; the stack stops the last.
        servers = [await start(prefect.spec())]
        stack.push_async_callback(lambda: servers[-1].stop(timeout_s=3))
        for spec in (priority, gateway, worker):
            await stack.enter_async_context(running(spec))
        await onlooker.pause_pool()
        connection = await asyncpg.connect(dsn)
        stack.push_async_callback(connection.close)
        videos = await insert_videos(dsn)

        shuffled = random.Random(4)
        posted = [*videos, *shuffled.sample(videos, REPEATS)]
        shuffled.shuffle(posted)
        began = time.perf_counter()
        posting = asyncio.create_task(burst.post(posted))
        await burst.until(KILL_AFTER)
        servers[0].kill()
        await eventually(lambda: not servers[0].running(), 10)
        await burst.until(RESTART_AFTER)
        servers.append(spawn(prefect.spec(), detached=False))
        await posting
        answered_s = time.perf_counter() - began
        watching = asyncio.create_task(onlooker.watch())

        async def every_video_has_a_run() -> bool:
            with_run = "select count(*) from captionacc.jobs where flow_run_id is not null"
            return bool(await connection.fetchval(with_run) >= VIDEOS)

        done: bool = await eventually(every_video_has_a_run, RUNS_WITHIN_S, what="all runs")
        assert done
        made_s = time.perf_counter() - began
        watching.cancel()
        jobs = await connection.fetch("select id, video_id, flow_run_id from captionacc.jobs")
        shown = await asyncpg.connect(postgres_server.dsn(runs_database))
        stack.push_async_callback(shown.close)
        runs = await shown.fetch("select id, idempotency_key from flow_run")

    figures = {
        "webhooks": len(posted),
        "outcomes": dict(burst.outcomes),
        "answer_s": spread(burst.seconds),
        "all_answered_after_s": round(answered_s, 1),
        "run_told_later": burst.told_later,
        "all_runs_made_after_s": round(made_s, 1),
        "other_prefect_calls_s": spread(onlooker.seconds),
        "load": os.getloadavg()[0],
    }
    print(figures)
    record_property("burst", figures)
    assert sorted(job["video_id"] for job in jobs) == sorted(videos)
    assert len({job["flow_run_id"] for job in jobs}) == VIDEOS
    # Every run that the server knows is the one of a job, under the job's own key.
    assert sorted((run["idempotency_key"], run["id"]) for run in runs) == sorted(
        (idempotency_key(job["id"]), job["flow_run_id"]) for job in jobs
    )
    run_of = {job["video_id"]: job["flow_run_id"] for job in jobs}
    assert burst.runs_told == {video: {run_of[video]} for video in burst.runs_told}

    # Whoever was turned away in time, or heard nothing, was made good by the reconciler. That is
    # nobody on a machine with room, and may be many on one that is busy with other things.
    assert burst.outcomes.keys() <= {"202", "503", "no answer in time"}
    assert burst.outcomes["202"] >= ACCEPTED_AT_LEAST
    assert burst.told_later, "no webhook was accepted while the Prefect server was away"
    assert spread(onlooker.seconds)["p99"] < PREFECT_WITHIN_S

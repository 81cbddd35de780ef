"""Two thousand webhooks while the Prefect server is killed: one job and one run per video."""

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
from dataclasses import dataclass
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
# How many requests pg_net posts at once, and how long it waits for each answer.
IN_FLIGHT = 200
SENDER_WAITS_S = 5.0
KILL_AFTER, RESTART_AFTER = 600, 1400
RUNS_WITHIN_S = 1200
# The worker gives up a request to Prefect after this time.
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
        ports=(port,),
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
    """Posts webhooks as pg_net does: ``IN_FLIGHT`` at once, each once, with one deadline."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.answered = 0
        self.outcomes: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.answered_runs: dict[UUID, set[UUID]] = defaultdict(set)
        self.accepted_without_run = 0

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
                    self.accepted_without_run += 1
                else:
                    self.answered_runs[video].add(UUID(answer["flow_run_id"]))
        self.seconds.append(time.perf_counter() - began)
        self.answered += 1

    async def _exchange(self, video: UUID) -> tuple[int, Any]:
        """Send one request on its own connection; an HTTP client would need too much CPU."""
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
    """Another client of the Prefect server, which measures how long it waits for answers."""

    def __init__(self, prefect: PrefectServer, worker_health_port: int) -> None:
        self._pool = f"{prefect.api_url}/work_pools/{WORK_POOL}"
        self._metrics = f"http://127.0.0.1:{worker_health_port}/metrics"
        self.seconds: list[float] = []

    async def pause_pool(self) -> None:
        """Pause the pool; return when the worker makes runs but starts none."""
        async with httpx.AsyncClient(timeout=10) as client:

            async def paused() -> bool:
                answer = await client.patch(self._pool, json={"is_paused": True})
                metrics = await client.get(self._metrics)
                return answer.is_success and "captionacc_worker_paused 1.0" in metrics.text

            await eventually(paused, 60, what="the pause of the pool")

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


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The services under test, described and not started."""

    dsn: str
    runs_dsn: str
    prefect: PrefectServer
    services: tuple[ProcessSpec, ...]
    burst: Burst
    onlooker: Onlooker


def setting(dsn: str, runs_dsn: str, folder: Path) -> Setting:
    prefect = PrefectServer(folder / "prefect", free_port(), runs_dsn)
    priority_port, gateway_port, worker_port = free_port(), free_port(), free_port()
    addresses = {
        "SUPABASE_DB_URL": dsn,
        "PREFECT_API_URL": prefect.api_url,
        "PRIORITY_URL": f"http://127.0.0.1:{priority_port}",
    }
    priority = service("captionacc_priority", folder, priority_port, PORT=str(priority_port))
    gateway = service(
        "captionacc_webhook_gateway",
        folder,
        gateway_port,
        PORT=str(gateway_port),
        SUPABASE_JWT_ISSUER="https://project.test/auth/v1",
        SUPABASE_JWT_SECRET=secrets.token_hex(32),
        WEBHOOK_SECRET=SECRET,
        **addresses,
    )
    worker = service(
        "captionacc_flow_worker",
        folder,
        worker_port,
        HEALTH_PORT=str(worker_port),
        COMPUTE="local",
        COMPUTE_DIRECTORY=str(folder / "compute"),
        PREFECT_HOME=str(folder / "worker"),
        # No job runs, so nothing asks the store.
        WASABI_ENDPOINT_URL="http://127.0.0.1:9",
        WASABI_ACCESS_KEY="a",
        WASABI_SECRET_KEY="b",
        WASABI_BUCKET="c",
        **addresses,
    )
    return Setting(
        dsn=dsn,
        runs_dsn=runs_dsn,
        prefect=prefect,
        services=(priority, gateway, worker),
        burst=Burst(gateway_port),
        onlooker=Onlooker(prefect, worker_port),
    )


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the databases held after the burst, and how long each part took."""

    videos: list[UUID]
    webhooks: int
    answered_s: float
    made_s: float
    jobs: list[asyncpg.Record]
    runs: list[asyncpg.Record]


async def perform(place: Setting) -> Seen:
    """Post the burst, kill the Prefect server in the middle, and wait until every job has a run."""
    burst = place.burst
    async with AsyncExitStack() as stack:
        # The Prefect server starts twice on its port; the exit stack stops the last process.
        servers = [await start(place.prefect.spec())]
        stack.push_async_callback(lambda: servers[-1].stop(timeout_s=3))
        for spec in place.services:
            await stack.enter_async_context(running(spec))
        await place.onlooker.pause_pool()
        connection = await asyncpg.connect(place.dsn)
        stack.push_async_callback(connection.close)
        videos = await insert_videos(place.dsn)

        shuffled = random.Random(4)
        posted = [*videos, *shuffled.sample(videos, REPEATS)]
        shuffled.shuffle(posted)
        began = time.perf_counter()
        posting = asyncio.create_task(burst.post(posted))
        await burst.until(KILL_AFTER)
        servers[0].kill()
        await eventually(lambda: not servers[0].running(), 10)
        await burst.until(RESTART_AFTER)
        servers.append(spawn(place.prefect.spec(), detached=False))
        await posting
        answered_s = time.perf_counter() - began
        watching = asyncio.create_task(place.onlooker.watch())

        async def every_video_has_a_run() -> bool:
            with_run = "select count(*) from captionacc.jobs where flow_run_id is not null"
            return bool(await connection.fetchval(with_run) >= VIDEOS)

        await eventually(every_video_has_a_run, RUNS_WITHIN_S, what="all runs")
        made_s = time.perf_counter() - began
        watching.cancel()
        jobs = await connection.fetch("select id, video_id, flow_run_id from captionacc.jobs")
        shown = await asyncpg.connect(place.runs_dsn)
        stack.push_async_callback(shown.close)
        runs = await shown.fetch("select id, idempotency_key from flow_run")
    return Seen(
        videos=videos,
        webhooks=len(posted),
        answered_s=answered_s,
        made_s=made_s,
        jobs=jobs,
        runs=runs,
    )


def figures_of(place: Setting, seen: Seen) -> dict[str, object]:
    return {
        "webhooks": seen.webhooks,
        "outcomes": dict(place.burst.outcomes),
        "answer_s": spread(place.burst.seconds),
        "all_answered_after_s": round(seen.answered_s, 1),
        "accepted_without_run": place.burst.accepted_without_run,
        "all_runs_made_after_s": round(seen.made_s, 1),
        "other_prefect_calls_s": spread(place.onlooker.seconds),
        "load": os.getloadavg()[0],
    }


@pytest.mark.timeout(1800)
async def test_a_burst_of_webhooks_while_the_prefect_server_is_killed(
    postgres_server: PostgresServer,
    new_database: Callable[[], Awaitable[str]],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    runs_database = f"prefect_burst_{secrets.token_hex(4)}"
    await postgres_server.ensure_database(runs_database)
    place = setting(await new_database(), postgres_server.dsn(runs_database), tmp_path)
    seen = await perform(place)
    figures = figures_of(place, seen)
    print(figures)
    record_property("burst", figures)

    assert sorted(job["video_id"] for job in seen.jobs) == sorted(seen.videos)
    assert len({job["flow_run_id"] for job in seen.jobs}) == VIDEOS
    # Every run in Prefect belongs to a job and has the key of that job.
    assert sorted((run["idempotency_key"], run["id"]) for run in seen.runs) == sorted(
        (idempotency_key(job["id"]), job["flow_run_id"]) for job in seen.jobs
    )
    run_of = {job["video_id"]: job["flow_run_id"] for job in seen.jobs}
    answered = place.burst.answered_runs
    assert answered == {video: {run_of[video]} for video in answered}

    # The reconciler made the job of each webhook that got 503 or no answer. An idle machine has
    # none of these; a busy one may have many.
    outcomes = place.burst.outcomes
    assert outcomes.keys() <= {"202", "503", "no answer in time"}
    assert outcomes["202"] >= ACCEPTED_AT_LEAST
    assert place.burst.accepted_without_run, (
        "no webhook was accepted while the Prefect server was away"
    )
    assert spread(place.onlooker.seconds)["p99"] < PREFECT_WITHIN_S

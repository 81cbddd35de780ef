"""Real Postgres, object store, Prefect server, priority service and worker processes."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from captionacc_contracts import object_keys
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work import flows
from captionacc_contracts.work.jobs import InitialProcessing, JobParameters
from captionacc_contracts.work.tiers import Tier
from captionacc_stack.servers.ports import free_port
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job, NewJob, NewVideo, Video
from captionacc_testkit.waiting import eventually
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings
from captionacc_wasabi.store import ObjectStore

STAND_IN = Path(__file__).parent / "stand_in_call.py"
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def priority_url() -> AsyncIterator[str]:
    """The real priority service."""
    port = free_port()
    process = subprocess.Popen(  # noqa: ASYNC220  starting it takes no time
        [sys.executable, "-m", "captionacc_priority"],
        env=_environment(HOST="127.0.0.1", PORT=str(port), LOG_LEVEL="WARNING"),
    )
    url = f"http://127.0.0.1:{port}"

    async def answers() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{url}/health/live")).status_code == 200
        except httpx.HTTPError:
            return False

    try:
        await eventually(answers, 30)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@dataclass
class WorkerProcess:
    process: subprocess.Popen[bytes]
    log: Path
    health_port: int

    @property
    def health_url(self) -> str:
        return f"http://127.0.0.1:{self.health_port}"

    def lines(self, event: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if f'"{event}"' in line]

    async def ready(self) -> "WorkerProcess":
        def started() -> bool:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            return bool(self.lines("worker_ready"))

        await eventually(started, 40, what=f"the worker of {self.log}")
        return self

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    async def stop(self, timeout_s: float = 30) -> int:
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, timeout_s)


@dataclass
class World:
    """What the tests of this folder act on."""

    database: Database
    dsn: str
    store: ObjectStore
    store_settings: StoreSettings
    prefect: httpx.AsyncClient
    prefect_api_url: str
    priority_url: str
    directory: Path
    workers: list[WorkerProcess] = field(default_factory=list)

    @property
    def ledger(self) -> list[str]:
        path = self.directory / "ledger"
        return path.read_text().splitlines() if path.exists() else []

    def start_worker(self, **changes: str) -> WorkerProcess:
        port = free_port()
        log = self.directory / f"worker-{len(self.workers)}.log"
        environment = _environment(
            SUPABASE_DB_URL=self.dsn,
            PREFECT_API_URL=self.prefect_api_url,
            PREFECT_HOME=str(self.directory / "prefect"),
            PRIORITY_URL=self.priority_url,
            COMPUTE="local",
            COMPUTE_DIRECTORY=str(self.directory / "compute"),
            COMPUTE_COMMAND=f"{sys.executable} {STAND_IN}",
            COMPUTE_LEDGER=str(self.directory / "ledger"),
            WASABI_ENDPOINT_URL=self.store_settings.wasabi_endpoint_url,
            WASABI_ACCESS_KEY=self.store_settings.wasabi_access_key,
            WASABI_SECRET_KEY=self.store_settings.wasabi_secret_key,
            WASABI_BUCKET=self.store_settings.wasabi_bucket,
            WASABI_REGION=self.store_settings.wasabi_region,
            WORKER_NAME=f"worker-{len(self.workers)}",
            WORKER_RETRY_FIRST_DELAY_S="0.5",
            WORKER_RECONCILE_S="1",
            HEALTH_PORT=str(port),
            LOG_FORMAT="json",
        )
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "captionacc_flow_worker"],
                env={**environment, **changes},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        worker = WorkerProcess(process=process, log=log, health_port=port)
        self.workers.append(worker)
        return worker

    async def tenant(self, tier: Tier = Tier.FREE, limit: int | None = None) -> UUID:
        tenant_id = uuid4()
        async with self.database.transaction() as session:
            await session.tenants.upsert(tenant_id, "a tenant", tier, limit)
        return tenant_id

    async def video(self, tenant_id: UUID, *, knob: str | None = None) -> UUID:
        """An uploaded video, with the objects in the store that its processing would write."""
        video_id = uuid4()
        async with self.database.transaction() as session:
            await session.videos.insert(
                NewVideo(id=video_id, tenant_id=tenant_id, display_name="clip", language=knob)
            )
        tenant, video = TenantId(tenant_id), VideoId(video_id)
        prefix = object_keys.chunks_prefix(tenant, video, 1)
        for key in (
            object_keys.raw_ocr_db(tenant, video),
            object_keys.layout_db(tenant, video),
            object_keys.full_frame(tenant, video, 0),
            object_keys.manifest(prefix),
            object_keys.extents_db(tenant, video, 1),
        ):
            await self.store.put(key, b"x")
        return video_id

    async def enqueue(
        self,
        tenant_id: UUID,
        video_id: UUID,
        parameters: JobParameters | None = None,
        *,
        knob: str | None = None,
        tier: Tier = Tier.FREE,
        static_score: float = 50.0,
        ageing: bool = True,
    ) -> Job:
        key = object_keys.upload(TenantId(tenant_id), VideoId(video_id))
        async with self.database.transaction() as session:
            job, _created = await session.jobs.enqueue(
                NewJob(
                    video_id=video_id,
                    tenant_id=tenant_id,
                    parameters=parameters or InitialProcessing(video_key=key, language=knob),
                    tier=tier,
                    static_score=static_score,
                    priority=round(static_score),
                    ageing=ageing,
                    tags=flows.tags(tenant_id=tenant_id, tier=tier, priority=round(static_score)),
                )
            )
        return job

    async def new_job(self, knob: str | None = None, **options: Any) -> Job:
        tenant_id = await self.tenant()
        return await self.enqueue(tenant_id, await self.video(tenant_id), knob=knob, **options)

    async def job(self, job_id: UUID) -> Job:
        async with self.database.transaction() as session:
            job = await session.jobs.get(job_id)
        assert job is not None
        return job

    async def video_row(self, video_id: UUID) -> Video:
        async with self.database.transaction() as session:
            video = await session.videos.get(video_id)
        assert video is not None
        return video

    async def until_state(self, job_id: UUID, state: str, timeout_s: float = 30) -> Job:
        async def reached() -> Job | None:
            job = await self.job(job_id)
            assert job.state == state, (job.state, job.error)
            return job

        found = await eventually(reached, timeout_s)
        assert found is not None
        return found

    async def run_state(self, job_id: UUID) -> str:
        job = await self.job(job_id)
        assert job.flow_run_id is not None
        answer = await self.prefect.get(f"/flow_runs/{job.flow_run_id}")
        return str(answer.raise_for_status().json()["state"]["name"])

    async def until_run_state(self, job_id: UUID, name: str, timeout_s: float = 30) -> None:
        async def reached() -> bool:
            state = await self.run_state(job_id)
            assert state == name, state
            return True

        await eventually(reached, timeout_s)

    async def pause_pool(self, *, paused: bool) -> None:
        """Pause or resume the work pool; return when every worker has read that from Prefect."""
        answer = await self.prefect.patch(
            "/work_pools/captionacc-workers", json={"is_paused": paused}
        )
        answer.raise_for_status()
        line = f"captionacc_worker_paused {float(paused)}"

        async def seen() -> bool:
            async with httpx.AsyncClient() as client:
                for worker in self.workers:
                    metrics = await client.get(f"{worker.health_url}/metrics")
                    if line not in metrics.text.splitlines():
                        return False
            return True

        await eventually(seen, 20, what=line)

    async def set_run_state(self, run_id: UUID | None, kind: str, name: str | None = None) -> str:
        """Set a run's state as a button of Prefect's UI does; returns the server's verdict."""
        answer = await self.prefect.post(
            f"/flow_runs/{run_id}/set_state",
            json={"state": {"type": kind, **({"name": name} if name else {})}},
        )
        return str(answer.raise_for_status().json()["status"])


@contextlib.asynccontextmanager
async def open_world(
    dsn: str, store_settings: StoreSettings, prefect_url: str, priority_url: str, directory: Path
) -> AsyncIterator[World]:
    database = await Database.connect(dsn, application_name="test")
    async with (
        open_store(store_settings) as store,
        httpx.AsyncClient(base_url=prefect_url, timeout=30) as prefect,
    ):
        world = World(
            database=database,
            dsn=dsn,
            store=store,
            store_settings=store_settings,
            prefect=prefect,
            prefect_api_url=prefect_url,
            priority_url=priority_url,
            directory=directory,
        )
        try:
            yield world
        finally:
            for worker in world.workers:
                worker.kill()
            _kill_calls(directory / "compute")
            await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def world(
    database_dsn: str,
    shared_bucket: StoreSettings,
    prefect_api_url: str,
    priority_url: str,
    tmp_path: Path,
) -> AsyncIterator[World]:
    """A world of its own, with no worker yet."""
    async with open_world(
        database_dsn, shared_bucket, prefect_api_url, priority_url, tmp_path
    ) as world:
        yield world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_bucket(new_bucket: Callable[[], Awaitable[StoreSettings]]) -> StoreSettings:
    return await new_bucket()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def busy_world(
    new_database: Callable[[], Awaitable[str]],
    shared_bucket: StoreSettings,
    prefect_api_url: str,
    priority_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[World]:
    """A world that the tests of a module share, with one worker at work."""
    async with open_world(
        await new_database(),
        shared_bucket,
        prefect_api_url,
        priority_url,
        tmp_path_factory.mktemp("world"),
    ) as world:
        await world.start_worker().ready()
        yield world


def _kill_calls(directory: Path) -> None:
    for path in directory.glob("*/call.json"):
        found = re.search(rb'"pid":(\d+)', path.read_bytes())
        if found:
            try:
                os.killpg(int(found[1]), signal.SIGKILL)
            except ProcessLookupError:
                continue


def _environment(**changes: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", **changes}

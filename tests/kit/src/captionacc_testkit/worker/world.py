"""Workers on real servers, and the jobs and flow runs that tests act on."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from captionacc_contracts import object_keys
from captionacc_contracts.frames.tracks import FIRST_TRACK
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work import flows
from captionacc_contracts.work.jobs import InitialProcessing, JobParameters
from captionacc_contracts.work.tiers import Tier
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job, Video
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings
from captionacc_wasabi.store import ObjectStore

from captionacc_testkit.stored_rows import insert_video, new_job, read_job, read_video
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.local_calls import COMMAND, kill_calls, read_ledger
from captionacc_testkit.worker.worker_process import WorkerProcess, start_worker


@dataclass(frozen=True, kw_only=True)
class Servers:
    """Addresses of the servers that a worker needs."""

    dsn: str
    store: StoreSettings
    prefect_api_url: str
    priority_url: str


@dataclass
class World:
    """The servers, clients of them, and the workers that a test starts."""

    servers: Servers
    database: Database
    store: ObjectStore
    prefect: httpx.AsyncClient
    directory: Path
    workers: list[WorkerProcess] = field(default_factory=list)

    @property
    def ledger(self) -> list[str]:
        """The starts and ends of all compute calls."""
        return read_ledger(self.directory)

    def start_worker(self, **changes: str) -> WorkerProcess:
        """Start a worker; ``changes`` replaces environment variables."""
        name = f"worker-{len(self.workers)}"
        settings = {
            "SUPABASE_DB_URL": self.servers.dsn,
            "PREFECT_API_URL": self.servers.prefect_api_url,
            "PREFECT_HOME": str(self.directory / "prefect"),
            "PRIORITY_URL": self.servers.priority_url,
            "COMPUTE": "local",
            "COMPUTE_DIRECTORY": str(self.directory / "compute"),
            "COMPUTE_COMMAND": " ".join(COMMAND),
            "COMPUTE_LEDGER": str(self.directory / "ledger"),
            "WASABI_ENDPOINT_URL": self.servers.store.wasabi_endpoint_url,
            "WASABI_ACCESS_KEY": self.servers.store.wasabi_access_key,
            "WASABI_SECRET_KEY": self.servers.store.wasabi_secret_key,
            "WASABI_BUCKET": self.servers.store.wasabi_bucket,
            "WASABI_REGION": self.servers.store.wasabi_region,
            # Stand-ins need no core of their own.
            "WORKER_CONCURRENCY": "10",
            "WORKER_NAME": name,
            "WORKER_RETRY_FIRST_DELAY_S": "0.5",
            "WORKER_RECONCILE_S": "1",
        }
        worker = start_worker(self.directory / f"{name}.log", settings | changes)
        self.workers.append(worker)
        return worker

    async def tenant(self, tier: Tier = Tier.FREE, limit: int | None = None) -> UUID:
        tenant_id = uuid4()
        async with self.database.transaction() as session:
            await session.tenants.upsert(tenant_id, "a tenant", tier, limit)
        return tenant_id

    async def video(
        self, tenant_id: UUID, *, knob: str | None = None, unattended: bool = False
    ) -> UUID:
        """An uploaded video, with the objects in the store that its processing would write."""
        async with self.database.transaction() as session:
            video_id = await insert_video(session, tenant_id, language=knob, unattended=unattended)
        tenant, video = TenantId(tenant_id), VideoId(video_id)
        for key in (
            object_keys.upload(tenant, video),
            object_keys.raw_ocr_db(tenant, video),
            object_keys.layout_db(tenant, video),
            object_keys.full_frame(tenant, video, 0),
        ):
            await self.store.put(key, b"x")
        await self.put_version(tenant_id, video_id, 1)
        return video_id

    async def put_version(
        self, tenant_id: UUID, video_id: UUID, version: int, track: int = FIRST_TRACK
    ) -> None:
        """Store the objects that making a track of this version would write."""
        where = TenantId(tenant_id), VideoId(video_id), version, track
        await self.store.put(object_keys.manifest(object_keys.chunks_prefix(*where)), b"x")
        await self.store.put(object_keys.extents_db(*where), b"x")

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
        """Queue a job, by default the initial processing.

        The stand-in call does what ``knob`` says.
        """
        key = object_keys.upload(TenantId(tenant_id), VideoId(video_id))
        priority = round(static_score)
        job = new_job(
            tenant_id,
            video_id,
            parameters or InitialProcessing(video_key=key, language=knob),
            tier=tier,
            static_score=static_score,
            priority=priority,
            ageing=ageing,
            tags=flows.tags(tenant_id=tenant_id, tier=tier, priority=priority),
        )
        async with self.database.transaction() as session:
            queued, _created = await session.jobs.enqueue(job)
        return queued

    async def new_job(self, knob: str | None = None, **options: Any) -> Job:
        """Queue the initial processing of a new video of a new tenant."""
        tenant_id = await self.tenant()
        return await self.enqueue(tenant_id, await self.video(tenant_id), knob=knob, **options)

    async def job(self, job_id: UUID) -> Job:
        return await read_job(self.database, job_id)

    async def video_row(self, video_id: UUID) -> Video:
        return await read_video(self.database, video_id)

    async def until_state(self, job_id: UUID, state: str, timeout_s: float = 30) -> Job:
        """Wait until the job is in this state."""

        async def reached() -> Job | None:
            job = await self.job(job_id)
            assert job.state == state, (job.state, job.error)
            return job

        found = await eventually(reached, timeout_s)
        assert found is not None
        return found

    async def until_calling(self, job_id: UUID, timeout_s: float = 40) -> Job:
        """Wait until the job has a compute call."""

        async def calling() -> Job | None:
            job = await self.job(job_id)
            return job if job.compute_call is not None else None

        found = await eventually(calling, timeout_s)
        assert found is not None
        return found

    async def run(self, run_id: UUID | str | None) -> dict[str, Any]:
        """The flow run as Prefect shows it."""
        answer = await self.prefect.get(f"/flow_runs/{run_id}")
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def run_state(self, job_id: UUID) -> str:
        """The name of the state of the job's flow run."""
        job = await self.job(job_id)
        assert job.flow_run_id is not None
        return str((await self.run(job.flow_run_id))["state"]["name"])

    async def until_run_state(self, job_id: UUID, name: str, timeout_s: float = 30) -> None:
        async def reached() -> bool:
            state = await self.run_state(job_id)
            assert state == name, state
            return True

        await eventually(reached, timeout_s)

    async def quick_run(self, flow: flows.FlowName, **body: Any) -> str:
        """Make a run of the flow's deployment as Prefect's UI does; returns the run's id."""
        path = f"/deployments/name/{flow.deployment}"
        deployment = (await self.prefect.get(path)).raise_for_status().json()
        made = await self.prefect.post(
            f"/deployments/{deployment['id']}/create_flow_run", json=body
        )
        return str(made.raise_for_status().json()["id"])

    async def set_run_state(
        self, run_id: UUID | str | None, kind: str, name: str | None = None, *, force: bool = False
    ) -> str:
        """Set a run's state as a button of Prefect's UI does; returns the server's verdict."""
        state = {"type": kind, **({"name": name} if name else {})}
        answer = await self.prefect.post(
            f"/flow_runs/{run_id}/set_state", json={"state": state, "force": force}
        )
        return str(answer.raise_for_status().json()["status"])

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


@contextlib.asynccontextmanager
async def open_world(servers: Servers, directory: Path) -> AsyncIterator[World]:
    """A world without workers; its workers and calls are killed at the end."""
    database = await Database.connect(servers.dsn, application_name="test")
    async with (
        open_store(servers.store) as store,
        httpx.AsyncClient(base_url=servers.prefect_api_url, timeout=30) as prefect,
    ):
        world = World(servers, database, store, prefect, directory)
        try:
            yield world
        finally:
            for worker in world.workers:
                worker.kill()
            kill_calls(directory / "compute")
            await database.close()

"""The stack of the measurements: real servers and services of ours on loopback."""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from captionacc_stack.backing import migrations_directory, store_environment
from captionacc_stack.servers.ports import free_port, free_ports
from captionacc_stack.servers.postgres import PostgresServer
from captionacc_stack.servers.prefect import PrefectServer
from captionacc_stack.servers.probe import answers_ok
from captionacc_stack.servers.process import ManagedProcess, ProcessSpec, start, start_all
from captionacc_stack.servers.swift import SwiftPorts, SwiftServer
from captionacc_supabase.database import Database
from captionacc_supabase.migrate import migrate
from captionacc_testkit.waiting import eventually
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings
from captionacc_wasabi.store import ObjectStore

from benchmarks.start.uploads import Upload, planned, tenants
from benchmarks.start.uploads import upload as make_upload

HERE = Path(__file__).parent
WEBHOOK_SECRET = "a-webhook-secret-of-the-benchmark"
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")


@dataclass(frozen=True, kw_only=True)
class Worker:
    """A running flow-worker process."""

    process: ManagedProcess
    health_url: str

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def ready_at(self) -> float | None:
        """When the worker started to take jobs, in seconds since the epoch."""
        return next(
            (_at(line) for line in self._lines() if line.get("event") == "worker_ready"), None
        )

    def events(self, name: str) -> dict[UUID, float]:
        """The time of this event in the worker's log by video, in seconds since the epoch."""
        return {
            UUID(line["video_id"]): _at(line)
            for line in self._lines()
            if line.get("event") == name and "video_id" in line
        }

    async def until(self, name: str, count: int, limit_s: float) -> dict[UUID, float]:
        """Wait for ``count`` events and return them."""

        def enough() -> dict[UUID, float] | None:
            found = self.events(name)
            return found if len(found) >= count else None

        found = await eventually(enough, limit_s, what=f"{count} {name}")
        return found or {}

    @property
    def _log(self) -> Path:
        return self.process.spec.log_file

    def _lines(self) -> Iterator[dict[str, Any]]:
        for line in self._log.read_text().splitlines():
            with contextlib.suppress(json.JSONDecodeError):
                yield json.loads(line)


def _at(line: dict[str, Any]) -> float:
    return datetime.fromisoformat(line["timestamp"]).timestamp()


@dataclass(kw_only=True)
class Stack:
    """The running stack that the measurements use."""

    directory: Path
    postgres: PostgresServer
    database: Database
    store: ObjectStore
    store_settings: StoreSettings
    prefect_api_url: str
    priority_url: str
    gateway_url: str
    http: httpx.AsyncClient

    @property
    def answers(self) -> Path:
        return self.directory / "answers"

    def let_calls_take(self, seconds: float) -> None:
        """Set how long a compute call takes that starts from now on."""
        (self.answers / "seconds").write_text(str(seconds))

    def let_call_take(self, upload: Upload, seconds: float) -> None:
        """Set how long the compute call of one video takes."""
        (self.answers / f"{upload.video_id}.seconds").write_text(str(seconds))

    async def uploads(self, count: int, *, tenant_count: int) -> list[Upload]:
        owners = await tenants(self.database, tenant_count)
        return planned(owners, count)

    async def accept(self, upload: Upload) -> float:
        """Make an upload and post its webhook; return the time at which the post was sent."""
        await make_upload(self.database, self.store, self.answers, upload)
        sent = time.time()
        answer = await self.http.post(
            f"{self.gateway_url}/webhooks/supabase/videos",
            headers={"authorization": f"Bearer {WEBHOOK_SECRET}"},
            json={
                "type": "INSERT",
                "table": "videos",
                "schema": "captionacc",
                "record": {"id": str(upload.video_id), "tenant_id": str(upload.tenant_id)},
            },
        )
        if answer.status_code != httpx.codes.ACCEPTED:
            raise RuntimeError(f"The gateway answered {answer.status_code}: {answer.text}")
        return sent

    async def accept_all(self, waiting: list[Upload], *, at_once: int = 4) -> None:
        gate = asyncio.Semaphore(at_once)

        async def one(upload: Upload) -> None:
            async with gate:
                await self.accept(upload)

        await asyncio.gather(*(one(upload) for upload in waiting))

    async def make_deployments(self) -> None:
        """Start a worker once: it makes the deployments that the gateway needs to make runs."""
        async with self.worker("registration", concurrency=1):
            return

    @contextlib.asynccontextmanager
    async def worker(
        self,
        name: str,
        *,
        concurrency: int,
        compute_s: float = 0.0,
        module: str = "captionacc_flow_worker",
    ) -> AsyncIterator[Worker]:
        """A worker with default settings except its slots; it is ready when the block begins."""
        self.let_calls_take(compute_s)
        port = free_port()
        spec = ProcessSpec(
            name=name,
            argv=(sys.executable, "-m", module),
            env=environment(
                PYTHONPATH=str(HERE.parents[1]),
                SUPABASE_DB_URL=self.postgres.dsn(),
                PREFECT_API_URL=self.prefect_api_url,
                PREFECT_HOME=str(self.directory / "prefect-client"),
                PRIORITY_URL=self.priority_url,
                COMPUTE="local",
                COMPUTE_DIRECTORY=str(self.directory / "compute"),
                COMPUTE_COMMAND=f"{sys.executable} {HERE / 'compute.py'}",
                COMPUTE_ANSWERS=str(self.answers),
                **store_environment(self.store_settings),
                WORKER_NAME=name,
                WORKER_CONCURRENCY=str(concurrency),
                WORKER_TENANT_CONCURRENCY="1000",
                WORKER_DRAIN_S="5",
                HEALTH_PORT=str(port),
                LOG_FORMAT="json",
            ),
            cwd=self.directory,
            log_file=self.directory / f"{name}.log",
            ports=(port,),
            ready=partial(answers_ok, port, "/health/ready"),
        )
        process = await start(spec)
        worker = Worker(process=process, health_url=f"http://127.0.0.1:{port}")
        try:
            # The worker is healthy before it has registered with Prefect.
            await eventually(lambda: worker.ready_at, 60, what=f"the worker of {spec.log_file}")
            yield worker
        finally:
            await process.stop(30)


@contextlib.asynccontextmanager
async def open_stack(directory: Path) -> AsyncIterator[Stack]:
    """Everything except the workers."""
    (directory / "answers").mkdir()
    async with contextlib.AsyncExitStack() as stack:

        async def run(*specs: ProcessSpec) -> None:
            for process in await start_all(specs):
                stack.push_async_callback(process.stop)

        postgres = PostgresServer(directory / "postgres", free_port(), durable=False)
        await postgres.prepare()
        stack.callback(postgres.remove)
        await run(postgres.spec())
        await migrate(postgres.dsn(), migrations_directory(), local=True)
        swift = SwiftServer(directory / "swift", SwiftPorts.free())
        await swift.prepare()
        prefect = PrefectServer(directory / "prefect", free_port(), postgres.dsn("prefect"))
        priority_port, gateway_port = free_ports(2)
        priority_url = f"http://127.0.0.1:{priority_port}"
        priority = _service(directory, "priority", priority_port, {})
        gateway = _service(
            directory,
            "webhook-gateway",
            gateway_port,
            {
                "SUPABASE_DB_URL": postgres.dsn(),
                "SUPABASE_JWT_SECRET": "a-secret-of-the-benchmark-with-32-bytes",
                "SUPABASE_JWT_ISSUER": "bench",
                "WEBHOOK_SECRET": WEBHOOK_SECRET,
                "PREFECT_API_URL": prefect.api_url,
                "PRIORITY_URL": priority_url,
                "REQUESTS_PER_SECOND_PER_TENANT": "0",
                "REQUESTS_PER_SECOND_PER_ADDRESS": "0",
                **store_environment(swift.settings("bench")),
            },
        )
        await run(swift.spec(), prefect.spec(), priority, gateway)
        store_settings = swift.settings("bench")
        store = await stack.enter_async_context(open_store(store_settings))
        await store.ensure_bucket()
        database = await Database.connect(postgres.dsn(), application_name="bench")
        stack.push_async_callback(database.close)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=30))
        yield Stack(
            directory=directory,
            postgres=postgres,
            database=database,
            store=store,
            store_settings=store_settings,
            prefect_api_url=prefect.api_url,
            priority_url=priority_url,
            gateway_url=f"http://127.0.0.1:{gateway_port}",
            http=http,
        )


def environment(**changes: str) -> dict[str, str]:
    """The environment of a process: a few variables of this process, and ``changes``."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {
        **kept,
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "1",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "DO_NOT_TRACK": "1",
        **changes,
    }


def _service(directory: Path, name: str, port: int, settings: dict[str, str]) -> ProcessSpec:
    return ProcessSpec(
        name=name,
        argv=(str(Path(sys.executable).with_name(f"captionacc-{name}")),),
        env=environment(HOST="127.0.0.1", PORT=str(port), LOG_LEVEL="WARNING", **settings),
        cwd=directory,
        log_file=directory / f"{name}.log",
        ports=(port,),
        ready=partial(answers_ok, port, "/health/live"),
    )

"""Gateways of two checkouts on one database, with videos to read."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import jwt
from captionacc_stack.servers.ports import free_port
from captionacc_stack.servers.postgres import PostgresServer
from captionacc_stack.servers.process import start
from captionacc_testkit import databases
from captionacc_testkit.folders import servers_folder
from captionacc_testkit.http import answers

JWT_SECRET = "a-jwt-secret-of-the-benchmark-of-32-bytes"
WEBHOOK_SECRET = "a-webhook-secret-of-the-benchmark"
ISSUER = "https://project.test/auth/v1"
NOWHERE = "http://127.0.0.1:9"
CAPTIONS = 20_000
VIDEOS = 100


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """A running gateway."""

    name: str
    url: str
    pid: int


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The gateways, and the rows that they serve."""

    gateways: list[Gateway]
    dsn: str
    postgres_pid: int
    tenant: UUID
    video: UUID
    """Has ``CAPTIONS`` captions."""

    def user(self) -> dict[str, str]:
        claims = {
            "sub": str(uuid4()),
            "aud": "authenticated",
            "iss": ISSUER,
            "role": "authenticated",
            "exp": int(time.time()) + 3600,
            "app_metadata": {"tenant_id": str(self.tenant)},
        }
        return {"Authorization": f"Bearer {jwt.encode(claims, JWT_SECRET, algorithm='HS256')}"}


@asynccontextmanager
async def open_bench(baseline: Path | None) -> AsyncIterator[Bench]:
    """Start Postgres, our gateway and that of the baseline's checkout; stop them at the end."""
    checkouts = {"ours": Path.cwd()} | ({} if baseline is None else {"baseline": baseline})
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(servers_folder())
        server = PostgresServer(folder / "postgres", free_port(), durable=False)
        await server.prepare()
        process = await start(server.spec())
        stack.push_async_callback(process.stop)
        name = await databases.create_migrated(server.dsn, server.dsn("postgres"))
        tenant, video = await _fill(server.dsn(name))
        gateways = [
            await stack.enter_async_context(_gateway(called, checkout, server.dsn(name)))
            for called, checkout in checkouts.items()
        ]
        yield Bench(
            gateways=gateways,
            dsn=server.dsn(name),
            postgres_pid=process.pid,
            tenant=tenant,
            video=video,
        )


@asynccontextmanager
async def _gateway(name: str, checkout: Path, dsn: str) -> AsyncIterator[Gateway]:
    port = free_port()
    sources = await asyncio.to_thread(lambda: sorted(map(str, checkout.glob("*/*/src"))))
    process = subprocess.Popen(  # noqa: ASYNC220  it starts once, before anything is measured
        [sys.executable, "-m", "captionacc_webhook_gateway"],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sources),
            "PORT": str(port),
            "LOG_LEVEL": "ERROR",
            "SUPABASE_DB_URL": dsn,
            "SUPABASE_JWT_SECRET": JWT_SECRET,
            "SUPABASE_JWT_ISSUER": ISSUER,
            "WEBHOOK_SECRET": WEBHOOK_SECRET,
            "PREFECT_API_URL": f"{NOWHERE}/api",
            "PRIORITY_URL": NOWHERE,
            # No request of this benchmark reads the store.
            "WASABI_ENDPOINT_URL": NOWHERE,
            "WASABI_ACCESS_KEY": "none",
            "WASABI_SECRET_KEY": "none",
            "WASABI_BUCKET": "none",
            "REQUESTS_PER_SECOND_PER_TENANT": "0",
            "REQUESTS_PER_SECOND_PER_ADDRESS": "0",
        },
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url) as client:
            await answers(client, "/health/live", within_s=60, what=f"the gateway ({name})")
        yield Gateway(name=name, url=url, pid=process.pid)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


async def _fill(dsn: str) -> tuple[UUID, UUID]:
    """Insert a tenant with ``VIDEOS`` videos, one of which has captions; return both ids."""
    tenant, video = uuid4(), uuid4()
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "insert into captionacc.tenants (id, name, tier) values ($1, 'benchmark', 'free')",
            tenant,
        )
        ids = [video, *(uuid4() for _ in range(VIDEOS - 1))]
        await connection.executemany(
            "insert into captionacc.videos (id, tenant_id, display_name, size_bytes) "
            "values ($1, $2, $3, 1000000)",
            [(one, tenant, f"Episode {number}.mp4") for number, one in enumerate(ids)],
        )
        region = '{"crop_left": 0.1, "crop_top": 0.7, "crop_right": 0.9, "crop_bottom": 0.9}'
        await connection.execute(
            """
            with job as (
                insert into captionacc.jobs (kind, video_id, tenant_id, input_digest, parameters,
                    tier, static_score, priority, state, ended_at)
                values ('crop_and_infer', $1, $2, 'x', jsonb_build_object(
                    'type', 'crop_and_infer', 'video_key', 'k', 'crop_region', $3::text::jsonb),
                    'free', 50, 50, 'done', now())
                returning id
            )
            insert into captionacc.cropped_frames_versions
                (video_id, version, tenant_id, job_id, status, crop_region)
            select $1, 1, $2, id, 'active', $3::text::jsonb from job
            """,
            video,
            tenant,
            region,
        )
        await connection.execute(
            """
            insert into captionacc.captions (video_id, tenant_id, cropped_frames_version,
                start_frame, end_frame, state, confidence, caption_ocr, caption_ocr_confidence,
                caption_ocr_status)
            select $1, $2, 1, n * 20, n * 20 + 19,
                case when n % 2 = 0 then 'predicted' else 'gap' end, 0.5 + random() / 2,
                case when n % 2 = 0 then 'Line ' || n || ' of a film, with words' end,
                case when n % 2 = 0 then random() end, case when n % 2 = 0 then 'completed' end
            from generate_series(0, $3 - 1) n
            """,
            video,
            tenant,
            CAPTIONS,
        )
        await connection.execute(
            "update captionacc.videos set status = 'active', caption_status = 'ready', "
            "cropped_frames_version = 1, frame_count = $2 * 20 where id = $1",
            video,
            CAPTIONS,
        )
        await connection.execute("vacuum analyze captionacc.captions")
    finally:
        await connection.close()
    return tenant, video

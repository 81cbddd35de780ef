"""A gateway in this process on a real Postgres and a real priority service."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import httpx
import jwt
import msgspec
import pytest
import pytest_asyncio
import uvicorn
from captionacc_contracts.work.tiers import Tier
from captionacc_http.edge.serving import server_config
from captionacc_stack.backing import store_environment
from captionacc_supabase.database import Database
from captionacc_supabase.rows import NewVideo
from captionacc_testkit.api_document import DocumentedAnswers
from captionacc_testkit.faults import FaultyProxy, faulty_proxy
from captionacc_testkit.http import answers
from captionacc_testkit.plugin import NewBucket
from captionacc_wasabi.settings import StoreSettings
from captionacc_webhook_gateway.app import create_app
from captionacc_webhook_gateway.settings import GatewaySettings
from litestar import Litestar

SECRET = "a-test-secret-of-more-than-32-bytes!"
ISSUER = "https://project.test/auth/v1"
WEBHOOK_SECRET = "webhook-secret-now"
PREVIOUS_SECRET = "webhook-secret-before"
NOWHERE = "http://127.0.0.1:9/api"


def token(tenant_id: UUID | None, *, secret: str = SECRET, **claims: Any) -> str:
    """Make a user token; ``claims`` replace the usual ones, and a null claim is left out."""
    usual: dict[str, Any] = {
        "sub": str(uuid4()),
        "aud": "authenticated",
        "iss": ISSUER,
        "role": "authenticated",
        "exp": int(time.time()) + 600,
        "app_metadata": {"tenant_id": str(tenant_id)} if tenant_id else {},
        **claims,
    }
    kept = {name: value for name, value in usual.items() if value is not None}
    return jwt.encode(kept, secret, algorithm="HS256")


@asynccontextmanager
async def serve(app: Litestar) -> AsyncIterator[str]:
    """Serve the application on a loopback port, in this loop; yield its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(server_config(app, connections=1000, drain_s=1))
        serving = asyncio.create_task(server.serve([listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


class Gateway:
    """A running gateway, its database, and its callers; ``to_postgres`` can cut its database.

    The object store at ``store`` answers only in tests that ask for a real one.
    """

    store = StoreSettings(
        wasabi_endpoint_url="http://127.0.0.1:9",
        wasabi_access_key="key",
        wasabi_secret_key="secret",
        wasabi_bucket="nowhere",
    )

    issuer = ISSUER
    jwt_secret = SECRET
    webhook_secret = WEBHOOK_SECRET

    def __init__(
        self,
        url: str,
        database: Database,
        dsn: str,
        to_postgres: FaultyProxy,
        documented: DocumentedAnswers,
    ) -> None:
        self.url = url
        self.database = database
        self.dsn = dsn
        self.to_postgres = to_postgres
        self.client = httpx.AsyncClient(
            base_url=url, timeout=10, event_hooks={"response": [documented.check]}
        )

    def token(self, tenant_id: UUID | None, **claims: Any) -> str:
        return token(tenant_id, **claims)

    def user(self, tenant_id: UUID | None, **claims: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {token(tenant_id, **claims)}"}

    async def video(
        self, tenant_id: UUID | None = None, *, tier: Tier = Tier.FREE, **columns: Any
    ) -> tuple[UUID, UUID]:
        """Insert a video as the web app does; return its tenant and its id."""
        tenant_id, video_id = tenant_id or uuid4(), uuid4()
        async with self.database.transaction() as session:
            await session.tenants.upsert(tenant_id, "test", tier)
            await session.videos.insert(
                NewVideo(id=video_id, tenant_id=tenant_id, display_name="clip.mp4", size_bytes=10)
            )
        if columns:
            await self.set_video(video_id, **columns)
        return tenant_id, video_id

    async def set_video(self, video_id: UUID, **columns: Any) -> None:
        assignments = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, start=2))
        await self.sql(
            f"update captionacc.videos set {assignments} where id = $1",
            video_id,
            *columns.values(),
        )

    async def sql(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.dsn)
        try:
            found: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
            return found
        finally:
            await connection.close()

    def environment(self, port: int) -> dict[str, str]:
        """The environment of a gateway process beside this gateway, with the same servers."""
        return {
            "PATH": os.environ["PATH"],
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "SUPABASE_DB_URL": self.dsn,
            "SUPABASE_JWT_ISSUER": ISSUER,
            "SUPABASE_JWT_SECRET": SECRET,
            "WEBHOOK_SECRET": WEBHOOK_SECRET,
            "PREFECT_API_URL": NOWHERE,
            "PRIORITY_URL": "http://127.0.0.1:9",
            # The tests of a file send more requests from one address than any person.
            "REQUESTS_PER_SECOND_PER_TENANT": "0",
            "REQUESTS_PER_SECOND_PER_ADDRESS": "0",
            **store_environment(self.store),
        }

    async def ready_captions(self, video_id: UUID, tenant_id: UUID) -> list[int]:
        """Give the video ready captions (caption, gap, caption); return their ids."""
        await self.set_video(video_id, status="active")
        region = msgspec.json.encode(
            {"crop_left": 0.1, "crop_top": 0.7, "crop_right": 0.9, "crop_bottom": 0.9}
        ).decode()
        await self.sql(
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
            video_id,
            tenant_id,
            region,
        )
        rows = await self.sql(
            """
            insert into captionacc.captions (video_id, tenant_id, cropped_frames_version,
                start_frame, end_frame, state, confidence)
            values ($1, $2, 1, 0, 9, 'predicted', 0.9), ($1, $2, 1, 10, 14, 'gap', 0.9),
                ($1, $2, 1, 15, 29, 'predicted', 0.9)
            returning id
            """,
            video_id,
            tenant_id,
        )
        await self.sql(
            """
            update captionacc.videos set caption_status = 'ready', cropped_frames_version = 1,
                frame_count = 30, crop_region = $2::text::jsonb where id = $1
            """,
            video_id,
            region,
        )
        return [row["id"] for row in rows]

    async def caption_version(self, video_id: UUID) -> int:
        """Keep the captions of the video as a version; return its number."""
        [row] = await self.sql(
            """
            insert into captionacc.caption_versions (video_id, number, tenant_id, reason,
                cropped_frames_version, frame_count, tracks, caption_count, confirmed_count,
                edited_count, captions)
            select v.id, 1 + (select count(*) from captionacc.caption_versions where video_id = $1),
                v.tenant_id, 'crop', 1, v.frame_count, jsonb_build_array(
                    jsonb_build_object('crop_region', v.crop_region, 'direction', 'horizontal')),
                2, 0, 1, (
                    select jsonb_agg(to_jsonb(c) order by start_frame)
                    from captionacc.captions c where c.video_id = $1
                )
            from captionacc.videos v where v.id = $1
            returning number
            """,
            video_id,
        )
        return int(row["number"])

    async def second_track(self, video_id: UUID) -> list[int]:
        """Add a track at the top to a video with ready captions; return the ids of its captions."""
        await self.sql(
            """
            update captionacc.videos set tracks = jsonb_build_array(
                jsonb_build_object('crop_region', crop_region, 'direction', 'horizontal'),
                jsonb_build_object('crop_region',
                    crop_region || '{"crop_top": 0.05, "crop_bottom": 0.2}',
                    'direction', 'horizontal'))
            where id = $1
            """,
            video_id,
        )
        rows = await self.sql(
            """
            insert into captionacc.captions (video_id, tenant_id, cropped_frames_version, track,
                start_frame, end_frame, state, confidence)
            select id, tenant_id, 1, 2, range.a, range.b, range.state, 0.9
            from captionacc.videos, (values (0, 4, 'gap'), (5, 19, 'predicted'), (20, 29, 'gap'))
                as range (a, b, state)
            where id = $1 order by range.a returning id
            """,
            video_id,
        )
        return [row["id"] for row in rows]

    async def inserted(
        self, video_id: UUID, tenant_id: UUID, secret: str = WEBHOOK_SECRET
    ) -> httpx.Response:
        """Post what Supabase posts for an inserted video."""
        return await self.client.post(
            "/webhooks/supabase/videos",
            headers={"Authorization": f"Bearer {secret}"},
            json={
                "type": "INSERT",
                "table": "videos",
                "schema": "captionacc",
                "record": {"id": str(video_id), "tenant_id": str(tenant_id), "extra": 1},
                "old_record": None,
            },
        )


StartGateway = Callable[..., Awaitable[Gateway]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def priority_url() -> AsyncIterator[str]:
    """Start a real priority service in a separate process; yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "captionacc_priority",
        env={**os.environ, "HOST": "127.0.0.1", "PORT": str(port), "LOG_LEVEL": "WARNING"},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url) as client:
            await answers(client, "/health/ready", within_s=20, what="the priority service")
        yield url
    finally:
        process.terminate()
        async with asyncio.timeout(10):
            await process.wait()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def start_gateway(
    new_database: Callable[[], Awaitable[str]], priority_url: str
) -> AsyncIterator[StartGateway]:
    """Yield a function that starts a gateway on a new database; ``settings`` replace the usual."""
    async with AsyncExitStack() as stack:

        async def start(store: StoreSettings = Gateway.store, **settings: Any) -> Gateway:
            dsn = await new_database()
            server = urlsplit(dsn)
            to_postgres = await stack.enter_async_context(
                faulty_proxy(server.hostname or "", server.port or 0)
            )
            user = server.netloc.rpartition("@")[0]
            proxied = server._replace(netloc=f"{user}@127.0.0.1:{to_postgres.port}")
            given: dict[str, Any] = {
                "supabase_db_url": proxied.geturl(),
                "supabase_jwt_issuer": ISSUER,
                "supabase_jwt_secret": SECRET,
                "webhook_secret": WEBHOOK_SECRET,
                "webhook_secret_previous": PREVIOUS_SECRET,
                "prefect_api_url": NOWHERE,
                "priority_url": priority_url,
                # Tests send more than people do, and all from one address.
                "requests_per_second_per_tenant": 0.0,
                "requests_per_second_per_address": 0.0,
            }
            app = create_app(GatewaySettings(**(given | settings)), store)
            database = await Database.connect(dsn, application_name="test", max_size=3)
            stack.push_async_callback(database.close)
            gateway = Gateway(
                await stack.enter_async_context(serve(app)),
                database,
                dsn,
                to_postgres,
                DocumentedAnswers(app),
            )
            gateway.store = store
            stack.push_async_callback(gateway.client.aclose)
            await answers(gateway.client, "/health/live", within_s=10, what="the gateway")
            return gateway

        yield start


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gateway(start_gateway: StartGateway) -> Gateway:
    """One gateway for all tests of this folder. Prefect is away; each test makes its own tenant."""
    return await start_gateway()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def storing_gateway(start_gateway: StartGateway, new_bucket: NewBucket) -> Gateway:
    """One gateway with a real object store, for all tests of this folder that need one."""
    return await start_gateway(await new_bucket())


@pytest.fixture
def tenant() -> UUID:
    return uuid4()

"""A migrated database, and the steps by which tests bring a video to where they begin."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import asyncpg
import pytest
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack
from captionacc_contracts.work.compute import CropInferResult, ExtractResult, Measured
from captionacc_contracts.work.jobs import (
    CropAndInfer,
    InitialProcessing,
    JobParameters,
)
from captionacc_contracts.work.states import CaptionStatus, VideoStatus
from captionacc_contracts.work.versions import EXTENTS_MODEL_VERSION
from captionacc_supabase import publication
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job, Lease, NewJob, NewVideo, Video
from captionacc_testkit.compute_results import extracted
from captionacc_testkit.pgbouncer import PgBouncer
from captionacc_testkit.stored_rows import new_job, read_job, read_video

T = TypeVar("T")
LOWER = CropRegion(crop_left=0.1, crop_top=0.8, crop_right=0.9, crop_bottom=0.95)


def present(found: T | None) -> T:
    """The row that a test knows to exist."""
    assert found is not None
    return found


class Scene:
    """A tenant and what happens to its videos; every step is a transaction of its own."""

    def __init__(self, database: Database, dsn: str) -> None:
        self.database = database
        self.dsn = dsn
        self.tenant_id = uuid.uuid4()

    async def video(self, tenant_id: UUID | None = None) -> UUID:
        video_id = uuid.uuid4()
        async with self.database.transaction() as session:
            await session.videos.insert(
                NewVideo(
                    id=video_id,
                    tenant_id=tenant_id or self.tenant_id,
                    display_name='一个 "clip".mp4',
                    size_bytes=1234,
                )
            )
        return video_id

    async def read(self, video_id: UUID) -> Video:
        return await read_video(self.database, video_id)

    async def job(self, job_id: UUID) -> Job:
        return await read_job(self.database, job_id)

    def new_job(
        self, video_id: UUID, parameters: JobParameters, tenant_id: UUID | None = None
    ) -> NewJob:
        return new_job(tenant_id or self.tenant_id, video_id, parameters)

    async def enqueue(
        self, video_id: UUID, parameters: JobParameters, tenant_id: UUID | None = None
    ) -> tuple[Job, bool]:
        async with self.database.transaction() as session:
            return await session.jobs.enqueue(self.new_job(video_id, parameters, tenant_id))

    async def initial(self, video_id: UUID, tenant_id: UUID | None = None) -> Job:
        job, _ = await self.enqueue(
            video_id, InitialProcessing(video_key=f"{video_id}.mp4"), tenant_id
        )
        return job

    async def crop(self, video_id: UUID, region: CropRegion = LOWER, *others: CropTrack) -> Job:
        """Ask for the captions in the region, and in the tracks that follow it."""
        job, _ = await self.enqueue(
            video_id,
            CropAndInfer(
                video_key=f"{video_id}.mp4", crop_region=region, other_tracks=list(others)
            ),
        )
        return job

    async def claim(self, job: Job, owner: str = "worker", lease_s: float = 60) -> Lease:
        async with self.database.transaction() as session:
            return present(present(await session.jobs.claim(job.id, owner, lease_s)).lease)

    async def expire(self, lease: Lease) -> None:
        async with self.database.transaction() as session:
            await session.statements.run(
                """
                update captionacc.jobs set lease_expires_at = now() - interval '1 s' where id = $1
                """,
                lease.job_id,
            )

    async def active_video(self) -> UUID:
        """A video whose initial processing is done."""
        video_id = await self.video()
        lease = await self.claim(await self.initial(video_id))
        async with self.database.transaction() as session:
            await publication.publish_extract(session, lease, _extract_result())
        return video_id

    async def allocate(self, lease: Lease, region: CropRegion = LOWER, *others: CropTrack) -> int:
        async with self.database.transaction() as session:
            return await session.versions.allocate(lease, [CropTrack(crop_region=region), *others])

    async def captioned_video(self) -> UUID:
        """A video with captions at 0-9 and 15-29 and a gap between, of version 1."""
        video_id = await self.active_video()
        lease = await self.claim(await self.crop(video_id))
        version = await self.allocate(lease)
        async with self.database.transaction() as session:
            await publication.publish_extents(session, lease, _extents_result(version))
        return video_id

    async def someone_waits(self) -> bool:
        """Whether a transaction waits for a lock."""
        async with self.database.transaction() as session:
            return bool(
                await session.statements.value(
                    """
                    select count(*) from pg_stat_activity
                    where datname = current_database() and wait_event_type = 'Lock'
                    """
                )
            )

    async def set_statuses(
        self, video_id: UUID, status: VideoStatus, caption_status: CaptionStatus | None
    ) -> None:
        async with self.database.transaction() as session:
            await session.statements.run(
                "update captionacc.videos set status = $2, caption_status = $3 where id = $1",
                video_id,
                status,
                caption_status,
            )


def _extract_result() -> ExtractResult:
    return extracted(
        width=640,
        height=360,
        ocr_box_count=4,
        suggested_crop_region=LOWER,
        measured=Measured(seconds={"decode": 1.5, "ocr": 2.0}, ocr_units=3, ocr_engine="rapidocr"),
    )


def _extents_result(version: int) -> CropInferResult:
    spans = ((0, 10, ExtentKind.CAPTION), (10, 15, ExtentKind.GAP), (15, 30, ExtentKind.CAPTION))
    return CropInferResult(
        cropped_frames_version=version,
        extents=[
            CaptionExtent(start_frame=start, end_frame=end, kind=kind, confidence=0.9)
            for start, end, kind in spans
        ],
        frame_count=30,
        chunk_count=3,
        total_bytes=999,
        label_counts={"same": 20},
        cropped_frames_prefix="prefix/",
        extents_key="extents",
        model_version=EXTENTS_MODEL_VERSION,
        measured=Measured(seconds={"inference": 4.0}),
    )


MakeExtents = Callable[[int], CropInferResult]


@pytest.fixture(scope="module")
async def module_database_dsn(new_database: Callable[[], Awaitable[str]]) -> str:
    return await new_database()


@pytest.fixture
async def database_dsn(module_database_dsn: str) -> str:
    """A migrated database without rows; emptying one is cheaper than making the next."""
    connection = await asyncpg.connect(module_database_dsn)
    await connection.execute("truncate captionacc.tenants, net.http_request_queue cascade")
    await connection.close()
    return module_database_dsn


@pytest.fixture(params=["direct", "pooler"])
def route(request: pytest.FixtureRequest) -> Callable[[str], str] | None:
    """How connection strings lead through a transaction pooler; None: straight to Postgres."""
    if request.param == "direct":
        return None
    pooler: PgBouncer = request.getfixturevalue("transaction_pooler")
    return pooler.pooled


@pytest.fixture
async def database(
    database_dsn: str, route: Callable[[str], str] | None
) -> AsyncIterator[Database]:
    opened = await Database.connect(
        route(database_dsn) if route else database_dsn,
        application_name="test",
        max_size=20,
        pooled=route is not None,
    )
    yield opened
    await opened.close()


@pytest.fixture
def scene(database: Database, database_dsn: str) -> Scene:
    return Scene(database, database_dsn)


@pytest.fixture
def extract_result() -> ExtractResult:
    return _extract_result()


@pytest.fixture
def extents_result() -> MakeExtents:
    """A result for a version of the video of 30 frames: caption, gap, caption."""
    return _extents_result

"""Writes and reads rows that most integration tests of jobs need: a tenant, a video, a job."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
from captionacc_contracts.work.jobs import InitialProcessing, JobParameters
from captionacc_contracts.work.tiers import Tier
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job, NewJob, NewVideo, Video
from captionacc_supabase.session import Session


def new_job(
    tenant_id: UUID, video_id: UUID, parameters: JobParameters | None = None, **changes: Any
) -> NewJob:
    """A job of the free tier, by default the initial processing; ``changes`` replaces fields."""
    job = NewJob(
        video_id=video_id,
        tenant_id=tenant_id,
        parameters=parameters or InitialProcessing(video_key="v"),
        tier=Tier.FREE,
        static_score=50.0,
        priority=50,
        tags=["tier:free"],
    )
    return msgspec.structs.replace(job, **changes)


async def insert_video(session: Session, tenant_id: UUID, **fields: Any) -> UUID:
    """Insert a video of an existing tenant; returns the video's id."""
    video = NewVideo(**{"id": uuid4(), "tenant_id": tenant_id, "display_name": "clip", **fields})
    await session.videos.insert(video)
    return video.id


async def queue_job(
    database: Database, tenant_id: UUID | None = None, video_id: UUID | None = None
) -> Job:
    """A queued job for a new video; the tenant is made if it does not exist."""
    owner = tenant_id or uuid4()
    async with database.transaction() as session:
        await session.tenants.upsert(owner, "a tenant", Tier.FREE, None)
        video = await insert_video(session, owner, id=video_id or uuid4())
        job, _created = await session.jobs.enqueue(new_job(owner, video))
    return job


async def read_job(database: Database, job_id: UUID) -> Job:
    async with database.transaction() as session:
        job = await session.jobs.get(job_id)
    assert job is not None
    return job


async def read_video(database: Database, video_id: UUID) -> Video:
    async with database.transaction() as session:
        video = await session.videos.get(video_id)
    assert video is not None
    return video

"""Limits of tenants, and unattended videos, as a worker meets them."""

from uuid import UUID

from captionacc_contracts.limits import LimitName, Limits
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.states import CaptionState, JobState
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.world import World


async def limit(world: World, tenant_id: UUID, limits: Limits) -> None:
    async with world.database.transaction() as session:
        await session.limits.override(tenant_id, limits)


async def test_a_waiting_video_starts_when_its_tenant_has_room(busy_world: World) -> None:
    world = busy_world
    tenant_id = await world.tenant()
    await limit(world, tenant_id, Limits(usd_per_month=0))
    video_id = await world.video(tenant_id)

    async def waits() -> bool:
        video = await world.video_row(video_id)
        return video.waiting is not None

    await eventually(waits, 30)
    video = await world.video_row(video_id)
    assert video.waiting is not None
    assert video.waiting.reached.name is LimitName.USD_PER_MONTH
    assert (video.status, video.error) == ("uploaded", None)
    await limit(world, tenant_id, Limits())

    async def is_active() -> bool:
        return (await world.video_row(video_id)).status == "active"

    await eventually(is_active, 30)
    assert (await world.video_row(video_id)).waiting is None
    async with world.database.transaction() as session:
        standing = {one.name: one for one in await session.limits.standing(tenant_id)}
    assert standing[LimitName.USD_PER_MONTH].used > 0
    assert standing[LimitName.USD_PER_MONTH].reserved == 0


async def test_an_unattended_video_is_read_to_the_end(busy_world: World) -> None:
    world = busy_world
    video_id = await world.video(await world.tenant(), unattended=True)

    async def is_read() -> bool:
        async with world.database.transaction() as session:
            jobs = await session.jobs.for_video(video_id)
        return [(job.kind, job.state) for job in jobs] == [
            (JobKind.VIDEO_INITIAL_PROCESSING, JobState.DONE),
            (JobKind.CROP_AND_INFER, JobState.DONE),
            (JobKind.CAPTIONS_OCR, JobState.DONE),
        ]

    await eventually(is_read, 60)
    async with world.database.transaction() as session:
        captions = await session.captions.for_video(video_id)
    assert all(caption.text for caption in captions if caption.state != CaptionState.GAP)


async def test_an_unattended_video_goes_on_when_its_tenant_has_room(busy_world: World) -> None:
    world = busy_world
    tenant_id = await world.tenant()
    await limit(world, tenant_id, Limits(crop_changes_per_hour=0))
    video_id = await world.video(tenant_id, unattended=True)

    async def waits() -> bool:
        return (await world.video_row(video_id)).waiting is not None

    await eventually(waits, 30)
    video = await world.video_row(video_id)
    assert (video.status, video.caption_status) == ("active", None)
    await limit(world, tenant_id, Limits())

    async def is_ready() -> bool:
        return (await world.video_row(video_id)).caption_status == "ready"

    await eventually(is_ready, 60)
    assert (await world.video_row(video_id)).waiting is None

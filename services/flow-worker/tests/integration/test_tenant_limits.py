"""Limits of tenants as a worker meets them."""

from uuid import UUID

from captionacc_contracts.limits import LimitName, Limits
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

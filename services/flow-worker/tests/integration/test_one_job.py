"""A job from the queue to its published result, through a real worker and Prefect server."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import World


async def test_job_is_claimed_run_and_published(world: "World") -> None:
    await world.start_worker().ready()
    job = await world.new_job()

    done = await world.until_state(job.id, "done")

    assert done.result is not None
    video = await world.video_row(job.video_id)
    assert video.status == "active"
    assert video.suggested_crop_region is not None
    await world.until_run_state(job.id, "Completed")
    async with world.database.transaction() as session:
        assert len(await session.usage.for_video(job.video_id)) == 1

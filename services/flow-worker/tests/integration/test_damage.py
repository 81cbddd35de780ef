"""A worker repairs the damage that crashes leave; each test makes the damage first."""

from typing import Any
from uuid import uuid4

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import Progress
from captionacc_contracts.work.flows import FlowName, work_queue
from captionacc_contracts.work.jobs import CropAndInfer
from captionacc_supabase.rows import Job
from captionacc_testkit.stored_rows import new_job
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.world import World


async def run_sql(world: World, sql: str, *arguments: Any) -> None:
    async with world.database.transaction() as session:
        await session.statements.run(sql, *arguments)


async def damaged(world: World, sql: str) -> Job:
    """A job that ``sql`` changes before the worker can see it."""
    tenant_id = await world.tenant()
    video_id = await world.video(tenant_id)
    async with world.database.transaction() as session:
        job, _ = await session.jobs.enqueue(new_job(tenant_id, video_id))
        await session.statements.run(sql, job.id)
    return job


async def test_a_job_whose_worker_vanished_runs_again(busy_world: World) -> None:
    job = await damaged(
        busy_world,
        """
        update captionacc.jobs set
            state = 'running', attempt = 1, lease_owner = 'ghost',
            lease_token = nextval('captionacc.lease_tokens'), lease_expires_at = now()
        where id = $1
        """,
    )

    done = await busy_world.until_state(job.id, "done", 60)

    assert done.attempt == 2


async def test_a_waiting_job_without_a_run_gets_one(busy_world: World) -> None:
    job = await damaged(
        busy_world,
        "update captionacc.jobs set not_before = now() + interval '1 hour' where id = $1",
    )

    async def has_run() -> bool:
        return (await busy_world.job(job.id)).flow_run_id is not None

    await eventually(has_run, 60)
    assert (await busy_world.job(job.id)).state == "queued"


async def test_runs_whose_state_disagrees_with_their_job_are_corrected(busy_world: World) -> None:
    """The runs are in each state that only a worker ends; their jobs are done or do not exist."""
    jobs = {state: await busy_world.new_job() for state in ("RUNNING", "CANCELLING", "PENDING")}
    orphan = await busy_world.quick_run(
        FlowName.CROP_AND_INFER,
        parameters={name: str(uuid4()) for name in ("job_id", "video_id", "tenant_id")},
        tags=["tenant:none"],
    )
    for job in jobs.values():
        await busy_world.until_state(job.id, "done", 60)
        await busy_world.until_run_state(job.id, "Completed")
    runs = {state: str((await busy_world.job(job.id)).flow_run_id) for state, job in jobs.items()}
    for state, run_id in [*runs.items(), ("RUNNING", orphan)]:
        assert await busy_world.set_run_state(run_id, state, force=True) == "ACCEPT"

    for job in jobs.values():
        await busy_world.until_run_state(job.id, "Completed", 60)

    async def crashed() -> bool:
        state = (await busy_world.run(orphan))["state"]
        assert state["name"] == "Crashed", state
        return True

    await eventually(crashed, 60)


async def test_a_paused_queue_holds_only_its_own_jobs(busy_world: World) -> None:
    queues = "/work_pools/captionacc-workers/queues"
    path = f"{queues}/{work_queue(55.0, ageing=True)}"
    (await busy_world.prefect.patch(path, json={"is_paused": True})).raise_for_status()
    try:
        # Nothing shows that the worker has read the pause of a queue, so the test pauses and
        # resumes the pool too: the worker reads the queues after each look at the pool.
        await busy_world.pause_pool(paused=True)
        await busy_world.pause_pool(paused=False)
        held = await busy_world.new_job(static_score=55.0)
        free = await busy_world.new_job(static_score=50.0)
        await busy_world.until_state(free.id, "done", 60)
        assert (await busy_world.job(held.id)).state == "queued"
    finally:
        (await busy_world.prefect.patch(path, json={"is_paused": False})).raise_for_status()

    await busy_world.until_state(held.id, "done", 60)


async def test_a_newer_crop_region_cancels_the_running_job_of_the_older_one(
    busy_world: World,
) -> None:
    world = busy_world
    first = await world.new_job()
    await world.until_state(first.id, "done", 60)
    await world.until_run_state(first.id, "Completed")
    key = object_keys.upload(TenantId(first.tenant_id), VideoId(first.video_id))
    regions = [
        CropRegion(crop_left=left, crop_top=0.7, crop_right=0.9, crop_bottom=0.9)
        for left in (0.1, 0.2)
    ]
    slow = CropAndInfer(video_key=f"{key}#sleep=60", crop_region=regions[0])
    older = await world.enqueue(first.tenant_id, first.video_id, slow)
    running = await world.until_calling(older.id)

    for version in (1, 2):
        await world.put_version(first.tenant_id, first.video_id, version)
    newer = await world.enqueue(
        first.tenant_id, first.video_id, CropAndInfer(video_key=key, crop_region=regions[1])
    )

    await world.until_state(older.id, "cancelled", 60)
    await world.until_run_state(older.id, "Cancelled", 60)
    await world.until_state(newer.id, "done", 60)
    video = await world.video_row(first.video_id)
    assert (video.caption_status, video.cropped_frames_version) == ("ready", 2)
    assert video.crop_region == regions[1]
    assert running.compute_call is not None
    assert f"end {running.compute_call.digest}" not in world.ledger


async def test_progress_reaches_the_row_and_a_second_cancellation_changes_nothing(
    busy_world: World,
) -> None:
    world = busy_world
    job = await world.until_calling((await world.new_job("sleep=60")).id)
    assert job.compute_call is not None
    key = object_keys.compute_progress(
        TenantId(job.tenant_id), VideoId(job.video_id), job.compute_call.digest
    )
    progress = Progress(stage="ocr", done=3, total=10)
    await world.store.put(key, msgspec.json.encode(progress))

    async def shown() -> bool:
        return (await world.video_row(job.video_id)).progress == progress

    await eventually(shown, 40)

    async def in_prefect() -> bool:
        answer = await world.prefect.post(
            "/artifacts/filter",
            json={"artifacts": {"flow_run_id": {"any_": [str(job.flow_run_id)]}}},
        )
        found = answer.raise_for_status().json()
        return any(one["type"] == "progress" and one["data"] == 30.0 for one in found)

    await eventually(in_prefect, 40)

    for _ in range(2):
        async with world.database.transaction() as session:
            await session.jobs.request_cancel(job.id)
    assert await world.set_run_state(job.flow_run_id, "CANCELLING") in ("ACCEPT", "ABORT", "REJECT")
    await world.until_state(job.id, "cancelled", 60)
    await world.until_run_state(job.id, "Cancelled", 60)
    async with world.database.transaction() as session:
        again = await session.jobs.request_cancel(job.id)
    assert again.state == "cancelled"
    assert (await world.video_row(job.video_id)).progress is None


async def test_a_worker_that_lost_its_lease_during_a_call_publishes_nothing(
    busy_world: World,
) -> None:
    """Another worker has taken the job over, so the result of this one must not be written."""
    world = busy_world
    job = await world.until_calling((await world.new_job("sleep=4")).id)
    await run_sql(
        world,
        """
        update captionacc.jobs set
            lease_owner = 'another', lease_token = nextval('captionacc.lease_tokens'),
            lease_expires_at = now() + interval '1 hour'
        where id = $1
        """,
        job.id,
    )
    assert job.compute_call is not None
    digest = job.compute_call.digest

    await eventually(lambda: f"end {digest}" in world.ledger, 60)
    [worker] = world.workers

    def gave_up() -> bool:
        lines = worker.log.read_text().splitlines()
        return any("job_abandoned" in line and str(job.id) in line for line in lines)

    await eventually(gave_up, 60)
    row = await world.job(job.id)
    assert (row.state, row.result) == ("running", None)
    assert row.lease is not None
    assert row.lease.owner == "another"
    assert (await world.video_row(job.video_id)).status == "processing"
    await run_sql(
        world, "update captionacc.jobs set lease_expires_at = now() where id = $1", job.id
    )
    await world.until_state(job.id, "done", 60)
    assert world.ledger.count(f"start {digest}") == 1

"""With 300,000 ended jobs, the worker still reads only the rows that it works on."""

import os
import time

import asyncpg
from captionacc_contracts import object_keys
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.jobs import CaptionsOcr, CropAndInfer
from captionacc_stack.servers.postgres import PostgresServer
from captionacc_testkit.history import (
    MOST_READ,
    PlanLog,
    explain_everything,
    fill_history,
    greedy,
    summary,
)
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.world import World

ENDED_JOBS = int(os.environ.get("HISTORY_JOBS", "300000"))


async def test_the_worker_reads_only_the_rows_that_it_works_on(
    world: World, postgres_server: PostgresServer
) -> None:
    began = time.monotonic()
    await fill_history(world.servers.dsn, ENDED_JOBS)
    print(f"{ENDED_JOBS} ended jobs filled in {time.monotonic() - began:.1f} s")
    await explain_everything(world.servers.dsn)
    logged = PlanLog(postgres_server.data_dir / "postgres.log")
    worker = await world.start_worker(WORKER_RECONCILE_S="1").ready()
    failing = await world.new_job("permanent")
    cancelled = await world.new_job("sleep=60")
    done = await world.new_job()
    await world.until_calling(cancelled.id)
    async with world.database.transaction() as session:
        await session.jobs.request_cancel(cancelled.id)
    for job, state in ((failing, "error"), (cancelled, "cancelled"), (done, "done")):
        await world.until_state(job.id, state, 60)
    region = CropRegion(crop_left=0.1, crop_top=0.7, crop_right=0.9, crop_bottom=0.9)
    key = object_keys.upload(TenantId(done.tenant_id), VideoId(done.video_id))
    crop = await world.enqueue(
        done.tenant_id, done.video_id, CropAndInfer(video_key=key, crop_region=region)
    )
    await world.until_state(crop.id, "done", 60)
    async with world.database.transaction() as session:
        captions = await session.captions.for_video(done.video_id)
    ids = [caption.id for caption in captions if caption.state != "gap"]
    ocr = await world.enqueue(
        done.tenant_id, done.video_id, CaptionsOcr(cropped_frames_version=1, caption_ids=ids)
    )
    await world.until_state(ocr.id, "done", 60)

    passes = 'captionacc_worker_reconcile_step_seconds_count{step="mend_runs"}'

    async def two_passes() -> bool:
        return await worker.metric(passes) >= 2

    await eventually(two_passes, 60)
    await worker.stop()
    plans = logged.read()
    print(summary(plans))
    assert len({plan.statement for plan in plans}) > 60
    assert greedy(plans) == {}


async def test_statements_that_read_the_history_are_found(
    world: World, postgres_server: PostgresServer
) -> None:
    await fill_history(world.servers.dsn, 3 * MOST_READ)
    await explain_everything(world.servers.dsn)
    logged = PlanLog(postgres_server.data_dir / "postgres.log")
    statements = (
        "select count(*) from captionacc.jobs where tags = '{x}'",
        "select count(started_at) from captionacc.jobs where ended_at is not null and attempt = 1",
    )
    connection = await asyncpg.connect(world.servers.dsn)
    await connection.fetch(statements[0])
    await connection.execute("set enable_seqscan = off")
    await connection.fetch(statements[1])
    await connection.close()
    found = greedy(logged.read())
    assert set(found) == set(statements)
    assert "scans ['jobs']" in found[statements[0]]
    assert "scans []" in found[statements[1]]

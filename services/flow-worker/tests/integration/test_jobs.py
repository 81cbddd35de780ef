"""Jobs of each kind, and each way to end them, with a real worker and a real Prefect server."""

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.sqlite_files import captions as captions_file
from captionacc_contracts.work.flows import FlowName, flow_of, idempotency_key
from captionacc_contracts.work.jobs import (
    CaptionOcr,
    CaptionsOcr,
    CropAndInfer,
)
from captionacc_launching.flow_runs import run_parameters
from captionacc_testkit.stored_rows import insert_video, new_job
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.world import World

LOWER = CropRegion(crop_left=0.1, crop_top=0.7, crop_right=0.9, crop_bottom=0.9)
UPPER_TRACK = CropTrack(
    crop_region=CropRegion(crop_left=0.1, crop_top=0.1, crop_right=0.9, crop_bottom=0.2)
)


def calls_started(world: World) -> int:
    return sum(line.startswith("start ") for line in world.ledger)


async def test_video_goes_from_upload_to_text(busy_world: World) -> None:
    world = busy_world
    job = await world.new_job()
    done = await world.until_state(job.id, "done")
    assert done.result is not None
    video = await world.video_row(job.video_id)
    assert video.status == "active"
    assert video.suggested_crop_region is not None
    # The upload of this test has one byte, whatever its row said.
    assert (video.size_bytes, video.size_checked) == (1, True)
    await world.until_run_state(job.id, "Completed")

    key = object_keys.upload(TenantId(job.tenant_id), VideoId(job.video_id))
    crop = await world.enqueue(
        job.tenant_id, job.video_id, CropAndInfer(video_key=key, crop_region=LOWER)
    )
    await world.until_state(crop.id, "done")
    video = await world.video_row(job.video_id)
    assert (video.caption_status, video.cropped_frames_version) == ("ready", 1)

    async with world.database.transaction() as session:
        [caption_id] = await session.captions.without_text(job.video_id)
    many = await world.enqueue(
        job.tenant_id,
        job.video_id,
        CaptionsOcr(caption_ids=[caption_id], cropped_frames_version=1),
    )
    await world.until_state(many.id, "done")
    one = await world.enqueue(
        job.tenant_id, job.video_id, CaptionOcr(caption_id=caption_id, cropped_frames_version=1)
    )
    await world.until_state(one.id, "done")
    async with world.database.transaction() as session:
        caption = await session.captions.get(job.video_id, caption_id)
        usage = await session.usage.for_video(job.video_id)
    assert caption is not None
    assert (caption.caption_ocr, caption.caption_ocr_status) == ("字幕", "completed")
    assert len(usage) == 4

    # An equal request gets the stored text and is not booked again; ``anew`` reads it again.
    for anew in (False, True):
        started = calls_started(world)
        again = await world.enqueue(
            job.tenant_id,
            job.video_id,
            CaptionOcr(caption_id=caption_id, cropped_frames_version=1, anew=anew),
        )
        await world.until_state(again.id, "done")
        async with world.database.transaction() as session:
            booked = len(await session.usage.for_video(job.video_id)) - len(usage)
        assert (calls_started(world) - started, booked) == (int(anew), int(anew))
    snapshot = object_keys.captions_db(TenantId(job.tenant_id), VideoId(job.video_id))

    async def stored() -> bool:
        return await world.store.exists(snapshot)

    await eventually(stored, 10)


async def test_the_captions_of_two_tracks_are_found_and_read(busy_world: World) -> None:
    world = busy_world
    job = await world.new_job()
    await world.until_state(job.id, "done")
    await world.put_version(job.tenant_id, job.video_id, 1, track=2)
    owner = TenantId(job.tenant_id), VideoId(job.video_id)
    crop = await world.enqueue(
        job.tenant_id,
        job.video_id,
        CropAndInfer(
            video_key=object_keys.upload(*owner), crop_region=LOWER, other_tracks=[UPPER_TRACK]
        ),
    )
    await world.until_state(crop.id, "done")
    async with world.database.transaction() as session:
        ids = await session.captions.without_text(job.video_id)
    assert len(ids) == 2
    many = await world.enqueue(
        job.tenant_id, job.video_id, CaptionsOcr(caption_ids=ids, cropped_frames_version=1)
    )
    await world.until_state(many.id, "done")

    async def read() -> dict[int, str | None]:
        async with world.database.transaction() as session:
            captions = await session.captions.get_many(job.video_id, ids)
        return {caption.track: caption.caption_ocr for caption in captions}

    assert await read() == {1: "字幕", 2: "字幕 track_2"}
    async with world.database.transaction() as session:
        await session.statements.run(
            "update captionacc.captions set caption_ocr = null where video_id = $1", job.video_id
        )
    one = await world.enqueue(
        job.tenant_id,
        job.video_id,
        CaptionOcr(caption_id=ids[1], cropped_frames_version=1),
    )
    await world.until_state(one.id, "done")
    assert await read() == {1: None, 2: "字幕 track_2"}

    async def stored() -> bool:
        snapshot = await world.store.get(object_keys.captions_db(*owner))
        path = world.directory / "captions.db.gz"
        path.write_bytes(snapshot)
        found = {row.track: row.caption_ocr for row in captions_file.read(path) if row.caption_ocr}
        assert found == {2: "字幕 track_2"}
        return True

    await eventually(stored, 10)


async def test_a_track_without_its_objects_is_not_published(busy_world: World) -> None:
    job = await busy_world.new_job()
    await busy_world.until_state(job.id, "done")
    key = object_keys.upload(TenantId(job.tenant_id), VideoId(job.video_id))
    crop = await busy_world.enqueue(
        job.tenant_id,
        job.video_id,
        CropAndInfer(video_key=key, crop_region=LOWER, other_tracks=[UPPER_TRACK]),
    )

    failed = await busy_world.until_state(crop.id, "error", timeout_s=60)

    assert failed.error is not None
    assert (failed.error.code, failed.error.stage) == (ErrorCode.RESULT_INCOMPLETE, "verify")
    # The key of the missing object is for the log.
    assert "track_2" not in failed.error.message
    assert (await busy_world.video_row(job.video_id)).tracks == []


async def test_run_leaves_a_table_a_picture_and_the_cost(busy_world: World) -> None:
    world = busy_world
    job = await world.new_job()
    await world.until_state(job.id, "done")
    await world.until_run_state(job.id, "Completed")
    run_id = (await world.job(job.id)).flow_run_id

    async def shown() -> dict[str, dict[str, Any]]:
        answer = await world.prefect.post(
            "/artifacts/filter", json={"artifacts": {"flow_run_id": {"any_": [str(run_id)]}}}
        )
        found = {artifact["key"]: artifact for artifact in answer.raise_for_status().json()}
        assert set(found) == {"found", "cost-estimate", "suggested-crop"}
        return found

    found = await eventually(shown, 20)
    address = found["suggested-crop"]["data"]
    [expires_s] = parse_qs(urlsplit(address).query)["X-Amz-Expires"]
    assert int(expires_s) <= 3600
    async with httpx.AsyncClient() as client:
        picture = await client.get(address)
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.text.startswith("<svg")
    assert "base64" not in str(found)
    assert "total" in str(found["cost-estimate"]["data"])


async def test_run_shows_its_log_and_the_worker_logs_the_job(busy_world: World) -> None:
    job = await busy_world.new_job()
    await busy_world.until_state(job.id, "done")
    await busy_world.until_run_state(job.id, "Completed")
    run_id = (await busy_world.job(job.id)).flow_run_id

    async def shown() -> bool:
        answer = await busy_world.prefect.post(
            "/logs/filter", json={"logs": {"flow_run_id": {"any_": [str(run_id)]}}}
        )
        messages = [line["message"] for line in answer.raise_for_status().json()]
        assert any("Completed" in message for message in messages), messages
        return True

    await eventually(shown, 20)
    [worker] = busy_world.workers
    for event in ("job_claimed", "flow_started", "attempt_ended"):
        assert any(str(job.id) in line for line in worker.lines(event)), event


async def test_permanent_failure_ends_row_and_run(busy_world: World) -> None:
    job = await busy_world.new_job("permanent")

    failed = await busy_world.until_state(job.id, "error")

    assert failed.error is not None
    assert (failed.error.code, failed.error.stage) == ("video_unreadable", "extract_frames_and_ocr")
    assert failed.attempt == 1
    assert (await busy_world.video_row(job.video_id)).error == failed.error
    await busy_world.until_run_state(job.id, "Failed")


async def test_transient_failure_is_retried_on_the_same_run(busy_world: World) -> None:
    job = await busy_world.new_job("transient-once")

    done = await busy_world.until_state(job.id, "done")

    assert done.attempt == 2
    await busy_world.until_run_state(job.id, "Completed")
    assert (await busy_world.run(done.flow_run_id))["run_count"] == 2


async def test_cancelling_a_run_in_prefect_cancels_job_and_call(busy_world: World) -> None:
    job = await busy_world.new_job("sleep=60")
    running = await busy_world.until_calling(job.id)
    assert running.compute_call is not None
    assert await busy_world.set_run_state(running.flow_run_id, "CANCELLING") == "ACCEPT"

    cancelled = await busy_world.until_state(job.id, "cancelled")
    await busy_world.until_run_state(job.id, "Cancelled")
    assert cancelled.compute_call is None
    directory = busy_world.directory / "compute" / running.compute_call.digest
    assert "compute_cancelled" in (directory / "error.json").read_text()


async def test_cancelling_a_job_cancels_its_run(busy_world: World) -> None:
    job = await busy_world.new_job("sleep=60")
    await busy_world.until_run_state(job.id, "Running")

    async with busy_world.database.transaction() as session:
        await session.jobs.request_cancel(job.id)

    await busy_world.until_state(job.id, "cancelled")
    await busy_world.until_run_state(job.id, "Cancelled")


async def test_deleting_a_video_stops_its_running_call(busy_world: World) -> None:
    job = await busy_world.new_job("sleep=60")
    running = await busy_world.until_calling(job.id)
    assert running.compute_call is not None

    async with busy_world.database.transaction() as session:
        assert await session.deletions.delete(job.video_id, job.tenant_id)

    error = busy_world.directory / "compute" / running.compute_call.digest / "error.json"
    await eventually(error.exists, 20)
    assert "compute_cancelled" in error.read_text()


async def test_retrying_a_failed_run_in_prefect_makes_a_new_job(busy_world: World) -> None:
    job = await busy_world.new_job("permanent-once")
    failed = await busy_world.until_state(job.id, "error")
    await busy_world.until_run_state(job.id, "Failed")

    verdict = await busy_world.set_run_state(failed.flow_run_id, "SCHEDULED", "AwaitingRetry")

    assert verdict == "ACCEPT"

    async def again() -> bool:
        async with busy_world.database.transaction() as session:
            latest = await session.jobs.latest(job.video_id, job.kind)
        assert latest is not None
        return latest.state == "done" and latest.flow_run_id == failed.flow_run_id

    await eventually(again, 20)
    await busy_world.until_run_state(job.id, "Completed")


async def test_video_whose_webhook_was_lost_is_processed(busy_world: World) -> None:
    tenant_id = await busy_world.tenant()
    video_id = await busy_world.video(tenant_id)

    async def active() -> bool:
        return (await busy_world.video_row(video_id)).status == "active"

    await eventually(active, 30)


async def test_a_video_outside_its_tenants_prefix_is_refused(
    busy_world: World,
) -> None:
    tenant_id = await busy_world.tenant()
    async with busy_world.database.transaction() as session:
        video_id = await insert_video(
            session, tenant_id, storage_key=f"{tenant_id}/../{uuid4()}/video.mp4"
        )

    async def refused() -> bool:
        row = await busy_world.video_row(video_id)
        return row.status == "error" and row.error is not None

    await eventually(refused, 30)
    error = (await busy_world.video_row(video_id)).error
    assert error is not None
    assert error.code == "object_key_invalid"


async def test_a_run_that_is_made_after_its_job_was_cancelled_is_cancelled(
    busy_world: World,
) -> None:
    tenant_id = await busy_world.tenant()
    video_id = await busy_world.video(tenant_id)
    async with busy_world.database.transaction() as session:
        job, _ = await session.jobs.enqueue(new_job(tenant_id, video_id))
        await session.jobs.request_cancel(job.id)
    run_id = await busy_world.quick_run(
        flow_of(job.kind),
        parameters=run_parameters(job),
        tags=job.tags,
        idempotency_key=idempotency_key(job.id),
    )

    async def cancelled() -> bool:
        return bool((await busy_world.run(run_id))["state"]["name"] == "Cancelled")

    await eventually(cancelled, 30)


async def test_a_running_run_of_a_done_job_is_corrected(busy_world: World) -> None:
    job = await busy_world.new_job()
    done = await busy_world.until_state(job.id, "done")
    await busy_world.until_run_state(job.id, "Completed")
    assert await busy_world.set_run_state(done.flow_run_id, "RUNNING", force=True) == "ACCEPT"
    assert await busy_world.run_state(job.id) == "Running"

    await busy_world.until_run_state(job.id, "Completed", 20)


async def test_jobs_wait_while_the_pool_is_paused_and_can_be_cancelled(
    busy_world: World,
) -> None:
    await busy_world.pause_pool(paused=True)
    try:
        job = await busy_world.new_job()
        await eventually(lambda: _has_run(busy_world, job.id), 10)
        assert (await busy_world.job(job.id)).state == "queued"

        unwanted = await busy_world.new_job()
        await eventually(lambda: _has_run(busy_world, unwanted.id), 10)
        async with busy_world.database.transaction() as session:
            await session.jobs.request_cancel(unwanted.id)
        await busy_world.until_run_state(unwanted.id, "Cancelled")
    finally:
        await busy_world.pause_pool(paused=False)

    await busy_world.until_state(job.id, "done")


async def test_reconcile_flow_can_be_run_by_hand(busy_world: World) -> None:
    run_id = await busy_world.quick_run(FlowName.RECONCILE)

    async def completed() -> bool:
        state = (await busy_world.run(run_id))["state"]
        assert state["name"] == "Completed", state
        return bool(state["message"])

    await eventually(completed, 20)


async def test_a_quick_run_of_an_unknown_job_fails_with_a_message(busy_world: World) -> None:
    parameters = {name: str(uuid4()) for name in ("job_id", "video_id", "tenant_id")}
    run_id = await busy_world.quick_run(FlowName.CROP_AND_INFER, parameters=parameters)

    async def failed() -> bool:
        state = (await busy_world.run(run_id))["state"]
        assert state["name"] == "Failed", state
        return "Job not found" in state["message"]

    await eventually(failed, 20)


async def test_health_and_metrics_answer(busy_world: World) -> None:
    [worker] = busy_world.workers
    async with httpx.AsyncClient(base_url=worker.health_url) as client:
        live = await client.get("/health/live")
        ready = await client.get("/health/ready")
        metrics = await client.get("/metrics")
        missing = await client.get("/nothing")

    assert live.status_code == 200
    assert ready.status_code == 200, ready.text
    assert set(ready.json()["checks"]) == {"postgres", "prefect", "priority", "object store"}
    assert "captionacc_worker_jobs_claimed_total" in metrics.text
    assert missing.status_code == 404


async def _has_run(world: World, job_id: UUID) -> bool:
    return (await world.job(job_id)).flow_run_id is not None

"""Jobs of every kind and every end, through a real worker and a real Prefect server."""

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import httpx
from captionacc_contracts import object_keys
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.flows import FlowName, flow_of, idempotency_key
from captionacc_contracts.work.jobs import (
    CaptionOcr,
    CaptionsOcr,
    CropAndInfer,
    InitialProcessing,
)
from captionacc_contracts.work.tiers import Tier
from captionacc_supabase.rows import NewJob, NewVideo
from captionacc_testkit.waiting import eventually

if TYPE_CHECKING:
    from conftest import World


def calls_started(world: "World") -> int:
    return sum(line.startswith("start ") for line in world.ledger)


async def test_video_goes_from_upload_to_text(busy_world: "World") -> None:
    world = busy_world
    job = await world.new_job()
    done = await world.until_state(job.id, "done")
    assert done.result is not None
    video = await world.video_row(job.video_id)
    assert video.status == "active"
    assert video.suggested_crop_region is not None
    await world.until_run_state(job.id, "Completed")

    region = CropRegion(crop_left=0.1, crop_top=0.7, crop_right=0.9, crop_bottom=0.9)
    key = object_keys.upload(TenantId(job.tenant_id), VideoId(job.video_id))
    crop = await world.enqueue(
        job.tenant_id, job.video_id, CropAndInfer(video_key=key, crop_region=region)
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

    # The stored text serves an equal request and is not booked again; a person's wish reads anew.
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


async def test_run_leaves_a_table_a_picture_and_the_cost(busy_world: "World") -> None:
    world = busy_world
    job = await world.new_job()
    await world.until_state(job.id, "done")
    await world.until_run_state(job.id, "Completed")
    run_id = (await world.job(job.id)).flow_run_id

    answer = await world.prefect.post(
        "/artifacts/filter", json={"artifacts": {"flow_run_id": {"any_": [str(run_id)]}}}
    )

    found = {artifact["key"]: artifact for artifact in answer.raise_for_status().json()}
    assert set(found) == {"found", "cost-estimate", "suggested-crop"}
    assert found["suggested-crop"]["data"].startswith("data:image/svg+xml;base64,")
    assert "total" in str(found["cost-estimate"]["data"])


async def test_run_shows_its_log_and_the_worker_logs_the_job(busy_world: "World") -> None:
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


async def test_permanent_failure_ends_row_and_run(busy_world: "World") -> None:
    job = await busy_world.new_job("permanent")

    failed = await busy_world.until_state(job.id, "error")

    assert failed.error is not None
    assert (failed.error.code, failed.error.stage) == ("video_unreadable", "extract_frames_and_ocr")
    assert failed.attempt == 1
    assert (await busy_world.video_row(job.video_id)).error == failed.error
    await busy_world.until_run_state(job.id, "Failed")


async def test_transient_failure_is_retried_on_the_same_run(busy_world: "World") -> None:
    job = await busy_world.new_job("transient-once")

    done = await busy_world.until_state(job.id, "done")

    assert done.attempt == 2
    await busy_world.until_run_state(job.id, "Completed")
    answer = await busy_world.prefect.get(f"/flow_runs/{done.flow_run_id}")
    assert answer.json()["run_count"] == 2


async def test_run_cancelled_in_prefect_cancels_job_and_call(busy_world: "World") -> None:
    job = await busy_world.new_job("sleep=60")
    await eventually(lambda: _has_call(busy_world, job.id), 20)
    running = await busy_world.job(job.id)
    assert running.compute_call is not None
    assert await busy_world.set_run_state(running.flow_run_id, "CANCELLING") == "ACCEPT"

    cancelled = await busy_world.until_state(job.id, "cancelled")
    await busy_world.until_run_state(job.id, "Cancelled")
    assert cancelled.compute_call is None
    directory = busy_world.directory / "compute" / running.compute_call.digest
    assert "compute_cancelled" in (directory / "error.json").read_text()


async def test_job_cancelled_in_our_tables_cancels_its_run(busy_world: "World") -> None:
    job = await busy_world.new_job("sleep=60")
    await busy_world.until_run_state(job.id, "Running")

    async with busy_world.database.transaction() as session:
        await session.jobs.request_cancel(job.id)

    await busy_world.until_state(job.id, "cancelled")
    await busy_world.until_run_state(job.id, "Cancelled")


async def test_failed_run_retried_in_prefect_becomes_a_job_again(busy_world: "World") -> None:
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


async def test_video_whose_webhook_was_lost_is_processed(busy_world: "World") -> None:
    tenant_id = await busy_world.tenant()
    video_id = await busy_world.video(tenant_id)

    async def active() -> bool:
        return (await busy_world.video_row(video_id)).status == "active"

    await eventually(active, 30)


async def test_video_outside_its_tenants_prefix_is_refused_and_not_met_again(
    busy_world: "World",
) -> None:
    tenant_id, video_id = await busy_world.tenant(), uuid4()
    async with busy_world.database.transaction() as session:
        await session.videos.insert(
            NewVideo(
                id=video_id,
                tenant_id=tenant_id,
                display_name="clip",
                storage_key=f"{tenant_id}/../{uuid4()}/video.mp4",
            )
        )

    async def refused() -> bool:
        row = await busy_world.video_row(video_id)
        return row.status == "error" and row.error is not None

    await eventually(refused, 30)
    error = (await busy_world.video_row(video_id)).error
    assert error is not None
    assert error.code == "object_key_invalid"


async def test_run_that_came_after_its_job_was_cancelled_is_cancelled(
    busy_world: "World",
) -> None:
    tenant_id = await busy_world.tenant()
    video_id = await busy_world.video(tenant_id)
    async with busy_world.database.transaction() as session:
        job, _ = await session.jobs.enqueue(
            NewJob(
                video_id=video_id,
                tenant_id=tenant_id,
                parameters=InitialProcessing(
                    video_key=object_keys.upload(TenantId(tenant_id), VideoId(video_id))
                ),
                tier=Tier.FREE,
                static_score=50.0,
                priority=50,
                tags=[f"tenant:{tenant_id}"],
            )
        )
        await session.jobs.request_cancel(job.id)
    path = f"/deployments/name/{flow_of(job.kind).deployment}"
    deployment = (await busy_world.prefect.get(path)).raise_for_status().json()
    made = await busy_world.prefect.post(
        f"/deployments/{deployment['id']}/create_flow_run",
        json={
            "parameters": {
                "job_id": str(job.id),
                "video_id": str(video_id),
                "tenant_id": str(tenant_id),
            },
            "tags": job.tags,
            "idempotency_key": idempotency_key(job.id),
        },
    )
    run_id = made.raise_for_status().json()["id"]

    async def cancelled() -> bool:
        run = (await busy_world.prefect.get(f"/flow_runs/{run_id}")).raise_for_status().json()
        return bool(run["state"]["name"] == "Cancelled")

    await eventually(cancelled, 30)


async def test_run_that_says_running_for_a_done_job_is_mended(busy_world: "World") -> None:
    job = await busy_world.new_job()
    done = await busy_world.until_state(job.id, "done")
    await busy_world.until_run_state(job.id, "Completed")
    answer = await busy_world.prefect.post(
        f"/flow_runs/{done.flow_run_id}/set_state",
        json={"state": {"type": "RUNNING"}, "force": True},
    )
    assert answer.json()["status"] == "ACCEPT"
    assert await busy_world.run_state(job.id) == "Running"

    await busy_world.until_run_state(job.id, "Completed", 20)


async def test_paused_pool_starts_nothing_and_what_waits_can_be_cancelled(
    busy_world: "World",
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


async def test_reconcile_flow_can_be_run_by_hand(busy_world: "World") -> None:
    path = f"/deployments/name/{FlowName.RECONCILE.deployment}"
    deployment = (await busy_world.prefect.get(path)).raise_for_status().json()
    made = await busy_world.prefect.post(
        f"/deployments/{deployment['id']}/create_flow_run", json={}
    )
    run_id = made.raise_for_status().json()["id"]

    async def completed() -> bool:
        run = (await busy_world.prefect.get(f"/flow_runs/{run_id}")).raise_for_status().json()
        assert run["state"]["name"] == "Completed", run["state"]
        return bool(run["state"]["message"])

    await eventually(completed, 20)


async def test_quick_run_of_an_unknown_job_is_refused_in_words(busy_world: "World") -> None:
    path = f"/deployments/name/{FlowName.CROP_AND_INFER.deployment}"
    deployment = (await busy_world.prefect.get(path)).raise_for_status().json()
    parameters = {name: str(uuid4()) for name in ("job_id", "video_id", "tenant_id")}
    made = await busy_world.prefect.post(
        f"/deployments/{deployment['id']}/create_flow_run", json={"parameters": parameters}
    )
    run_id = made.raise_for_status().json()["id"]

    async def failed() -> bool:
        run = (await busy_world.prefect.get(f"/flow_runs/{run_id}")).raise_for_status().json()
        assert run["state"]["name"] == "Failed", run["state"]
        return "Job not found" in run["state"]["message"]

    await eventually(failed, 20)


async def test_health_and_metrics_answer(busy_world: "World") -> None:
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


async def _has_call(world: "World", job_id: UUID) -> bool:
    return (await world.job(job_id)).compute_call is not None


async def _has_run(world: "World", job_id: UUID) -> bool:
    return (await world.job(job_id)).flow_run_id is not None

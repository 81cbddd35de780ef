import json
from typing import Any
from uuid import UUID

import msgspec
import pytest
from captionacc_contracts.work.compute import Measured
from captionacc_contracts.work.functions import FunctionName
from captionacc_contracts.work.versions import EXTENTS_MODEL_VERSION

LOWER = {"crop_left": 0.1, "crop_top": 0.7, "crop_right": 0.9, "crop_bottom": 0.9}
TOP = {**LOWER, "crop_top": 0.05, "crop_bottom": 0.2}
HIGHER = {**LOWER, "crop_top": 0.6}


async def approve(gateway: Any, tenant: UUID, video: UUID, region: Any, query: str = "") -> Any:
    return await gateway.client.post(
        f"/videos/{video}/approve-layout{query}",
        json={"crop_region": region},
        headers=gateway.user(tenant),
    )


async def jobs_of(gateway: Any, video: UUID) -> list[Any]:
    async with gateway.database.transaction() as session:
        return list(await session.jobs.for_video(video))


async def test_a_videos_life_as_the_web_app_sees_it(gateway: Any) -> None:
    tenant, video = await gateway.video()
    headers = gateway.user(tenant)
    shown = (await gateway.client.get(f"/videos/{video}", headers=headers)).json()
    assert (shown["status"], shown["jobs"], shown["usage"]) == ("uploaded", [], [])
    await gateway.inserted(video, tenant)
    shown = (await gateway.client.get(f"/videos/{video}", headers=headers)).json()
    assert shown["status"] == "queued"
    assert [job["kind"] for job in shown["jobs"]] == ["video_initial_processing"]
    [job] = await jobs_of(gateway, video)
    async with gateway.database.transaction() as session:
        assert await session.jobs.claim(job.id, "worker", 60)
    shown = (await gateway.client.get(f"/videos/{video}", headers=headers)).json()
    assert shown["status"] == "processing"
    assert [lock["database"] for lock in shown["locks"]] == ["layout"]


async def test_a_video_shows_its_tracks_and_what_a_person_should_look_at(gateway: Any) -> None:
    tenant, video = await gateway.video()
    [first, *_] = await gateway.ready_captions(video, tenant)
    await gateway.second_track(video)
    track = {
        "crop_region": LOWER,
        "anchor_type": "center",
        "anchor_position": 0.5,
        "direction": "horizontal",
        "confidence": 0.9,
    }
    note = {"kind": "standing_text", "message": "It stands.", "region": TOP}
    for column, value in (
        ("suggested_tracks", [track]),
        ("runner_up_tracks", [{**track, "crop_region": TOP}]),
        ("notes", [note]),
    ):
        await gateway.sql(
            f"update captionacc.videos set {column} = $2::text::jsonb where id = $1",
            video,
            json.dumps(value),
        )
    await gateway.set_video(video, start_seconds=1.4)
    await gateway.sql("update captionacc.captions set confidence = 0.2 where id = $1", first)
    headers = gateway.user(tenant)
    shown = (await gateway.client.get(f"/videos/{video}", headers=headers)).json()
    assert shown["suggested_tracks"] == [track]
    assert [each["crop_region"] for each in shown["runner_up_tracks"]] == [TOP]
    assert [each["crop_region"] for each in shown["tracks"]] == [LOWER, TOP]
    assert shown["start_seconds"] == 1.4
    stored, doubtful = shown["notes"]
    assert stored["message"] == "It stands."
    assert (doubtful["kind"], doubtful["region"]) == ("low_confidence", LOWER)
    assert (doubtful["start_seconds"], doubtful["end_seconds"]) == (1.4, 2.4)
    [listed] = (await gateway.client.get("/videos", headers=headers)).json()["videos"]
    assert [each["kind"] for each in listed["notes"]] == ["standing_text"]


async def test_repeated_approvals_of_a_layout_start_one_job(gateway: Any) -> None:
    tenant, video = await gateway.video(status="active")
    first = await approve(gateway, tenant, video, LOWER, "?disable_age_boosting=true")
    again = await approve(gateway, tenant, video, LOWER)
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert first.json()["status"] == "queued"
    [job] = await jobs_of(gateway, video)
    assert not job.ageing
    assert "user-initiated" in job.tags
    shown = (await gateway.client.get(f"/videos/{video}", headers=gateway.user(tenant))).json()
    assert shown["caption_status"] == "queued"


async def test_force_computes_the_region_in_force_anew(gateway: Any) -> None:
    tenant, video = await gateway.video(status="active")
    first = (await approve(gateway, tenant, video, LOWER)).json()
    await gateway.sql(
        "update captionacc.jobs set state = 'done', ended_at = now() where id = $1", first["job_id"]
    )
    await gateway.sql(
        """
        insert into captionacc.cropped_frames_versions
            (video_id, version, tenant_id, job_id, status, crop_region, model_version)
        values ($1, 1, $2, $3, 'active', '{}', $4)
        """,
        *(video, tenant, first["job_id"], EXTENTS_MODEL_VERSION),
    )
    await gateway.set_video(video, caption_status="ready", cropped_frames_version=1)
    again = (await approve(gateway, tenant, video, LOWER)).json()
    assert again["job_id"] == first["job_id"]
    forced = (await approve(gateway, tenant, video, LOWER, "?force=true")).json()
    assert forced["job_id"] != first["job_id"]
    assert forced["status"] == "queued"


async def test_a_running_crop_of_the_same_region_is_returned_and_a_newer_one_wins(
    gateway: Any,
) -> None:
    tenant, video = await gateway.video(status="active")
    first = (await approve(gateway, tenant, video, LOWER)).json()
    async with gateway.database.transaction() as session:
        assert await session.jobs.claim(UUID(first["job_id"]), "worker", 60)
    same = (await approve(gateway, tenant, video, LOWER)).json()
    assert (same["job_id"], same["status"]) == (first["job_id"], "running")
    newer = await approve(gateway, tenant, video, HIGHER)
    assert newer.status_code == 202
    assert newer.json()["job_id"] != first["job_id"]
    older, younger = await jobs_of(gateway, video)
    assert older.cancel_requested
    assert not younger.cancel_requested


async def test_a_layout_may_have_several_regions(gateway: Any) -> None:
    tenant, video = await gateway.video(status="active", width=1280, height=720)
    path, headers = f"/videos/{video}/approve-layout", gateway.user(tenant)
    one = await gateway.client.post(path, json={"crop_regions": [LOWER]}, headers=headers)
    assert one.status_code == 202, one.text
    assert (await approve(gateway, tenant, video, LOWER)).json() == one.json()
    two = await gateway.client.post(path, json={"crop_regions": [LOWER, TOP]}, headers=headers)
    assert two.status_code == 202, two.text
    assert two.json()["job_id"] != one.json()["job_id"]
    _, job = await jobs_of(gateway, video)
    assert [msgspec.to_builtins(track.crop_region) for track in job.parameters.tracks] == [
        LOWER,
        TOP,
    ]


@pytest.mark.parametrize("status", ["uploaded", "queued", "processing", "error"])
async def test_a_layout_is_not_approved_before_the_video_is_active(
    gateway: Any, status: str
) -> None:
    tenant, video = await gateway.video(status=status)
    answer = await approve(gateway, tenant, video, LOWER)
    assert answer.status_code == 409
    assert answer.json()["code"] == "state_conflict"
    assert await jobs_of(gateway, video) == []


@pytest.mark.parametrize(
    "body",
    [
        {"crop_region": {**LOWER, "crop_left": 0.95}},
        {"crop_region": {**LOWER, "crop_bottom": 1.01}},
        {"crop_region": {**LOWER, "crop_top": -0.1}},
        {"crop_region": {**LOWER, "crop_left": "0.1"}},
        {"crop_region": {**LOWER, "crop_middle": 0.5}},
        {"crop_region": None},
        {"crop_region": LOWER, "language": "zh"},
        {"crop_region": LOWER, "crop_regions": [LOWER]},
        {"crop_regions": []},
        {"crop_regions": [LOWER, HIGHER]},
        {"crop_regions": [LOWER, {**LOWER, "crop_left": 0.95}]},
        {
            "crop_regions": [
                {**TOP, "crop_bottom": 0.01 + n / 10, "crop_top": n / 10} for n in range(5)
            ]
        },
        {},
        [],
    ],
)
async def test_a_bad_crop_region_is_refused(gateway: Any, body: Any) -> None:
    tenant, video = await gateway.video(status="active")
    answer = await gateway.client.post(
        f"/videos/{video}/approve-layout", json=body, headers=gateway.user(tenant)
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]
    assert await jobs_of(gateway, video) == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
async def test_a_body_that_is_not_json_is_a_bad_request(gateway: Any, content: bytes) -> None:
    tenant, video = await gateway.video(status="active")
    answer = await gateway.client.post(
        f"/videos/{video}/approve-layout",
        content=content,
        headers={**gateway.user(tenant), "Content-Type": "application/json"},
    )
    assert answer.status_code == 400


async def test_a_large_body_is_refused(gateway: Any) -> None:
    tenant, video = await gateway.video(status="active")
    answer = await gateway.client.post(
        f"/videos/{video}/approve-layout",
        content=json.dumps({"crop_region": LOWER}).encode() + b" " * 1_100_000,
        headers=gateway.user(tenant),
    )
    assert answer.status_code == 413


async def test_cancelled_work_can_be_retried(gateway: Any) -> None:
    tenant, video = await gateway.video()
    headers = gateway.user(tenant)
    await gateway.inserted(video, tenant)
    [job] = await jobs_of(gateway, video)
    answer = await gateway.client.post(f"/videos/{video}/cancel", headers=headers)
    assert answer.status_code == 202
    assert answer.json() == {"status": "cancelled", "job_ids": [str(job.id)]}
    again = await gateway.client.post(f"/videos/{video}/cancel", headers=headers)
    assert again.status_code == 409
    retried = await gateway.client.post(f"/videos/{video}/retry", headers=headers)
    assert retried.status_code == 202
    assert retried.json()["job_id"] != str(job.id)
    twice = await gateway.client.post(f"/videos/{video}/retry", headers=headers)
    assert twice.status_code == 409


async def test_a_running_job_is_asked_to_stop(gateway: Any) -> None:
    tenant, video = await gateway.video()
    await gateway.inserted(video, tenant)
    [job] = await jobs_of(gateway, video)
    async with gateway.database.transaction() as session:
        assert await session.jobs.claim(job.id, "worker", 60)
    answer = await gateway.client.post(f"/videos/{video}/cancel", headers=gateway.user(tenant))
    assert answer.json()["job_ids"] == [str(job.id)]
    [job] = await jobs_of(gateway, video)
    assert job.cancel_requested
    assert job.state == "running"


async def test_a_video_shows_what_a_failed_call_cost(gateway: Any) -> None:
    tenant, video = await gateway.video()
    await gateway.inserted(video, tenant)
    [job] = await jobs_of(gateway, video)
    measured = Measured(seconds={"interrupted": 600.0}, call_id="call-1")
    async with gateway.database.transaction() as session:
        await session.usage.record_unpublished(job, FunctionName.EXTRACT_FRAMES_AND_OCR, measured)
    answer = await gateway.client.get(f"/videos/{video}", headers=gateway.user(tenant))
    [usage] = answer.json()["usage"]
    assert (usage["published"], usage["seconds"]) == (False, {"interrupted": 600.0})
    assert sum(line["usd"] for line in usage["cost"]) > 0


async def test_a_malformed_video_id_is_not_found(gateway: Any, tenant: UUID) -> None:
    answer = await gateway.client.get("/videos/one", headers=gateway.user(tenant))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_video_is_shown_without_decoding_the_results_of_its_jobs(gateway: Any) -> None:
    tenant, video = await gateway.video()
    await gateway.inserted(video, tenant)
    await gateway.sql(
        """update captionacc.jobs set state = 'done', ended_at = now(),
        result = '{"type": "of a later version"}' where video_id = $1""",
        video,
    )
    answer = await gateway.client.get(f"/videos/{video}", headers=gateway.user(tenant))
    assert answer.status_code == 200, answer.text
    [job] = answer.json()["jobs"]
    assert (job["kind"], job["state"]) == ("video_initial_processing", "done")

"""Renaming and deleting a video."""

from typing import Any
from uuid import UUID

import pytest


async def ask(gateway: Any, tenant: UUID, method: str, path: str, body: Any = None) -> Any:
    return await gateway.client.request(method, path, json=body, headers=gateway.user(tenant))


async def events(gateway: Any, tenant: UUID) -> list[tuple[str, Any]]:
    async with gateway.database.transaction() as session:
        found = await session.events.after(tenant, 0)
    return [(event.kind.value, event.data) for event in found]


def changed_to(name: str, language: str | None, *, unattended: bool = False) -> dict[str, Any]:
    return {"display_name": name, "language": language, "unattended": unattended}


async def test_a_video_that_waits_for_a_person_goes_on_when_it_becomes_unattended(
    gateway: Any,
) -> None:
    tenant, video_id = await gateway.video()
    await gateway.inserted(video_id, tenant)
    await gateway.sql(
        "update captionacc.jobs set state = 'done', ended_at = now() where video_id = $1", video_id
    )
    region = '{"crop_left": 0.1, "crop_top": 0.7, "crop_right": 0.9, "crop_bottom": 0.9}'
    await gateway.set_video(video_id, status="active", suggested_crop_region=region)
    path = f"/videos/{video_id}"

    changed = await ask(gateway, tenant, "PATCH", path, {"unattended": True})

    assert (changed.status_code, changed.json()["unattended"]) == (200, True)
    assert changed.json()["caption_status"] == "queued"
    shown = (await ask(gateway, tenant, "GET", path)).json()
    assert [job["kind"] for job in shown["jobs"]] == ["video_initial_processing", "crop_and_infer"]
    assert ("video.changed", changed_to("clip.mp4", None, unattended=True)) in await events(
        gateway, tenant
    )

    cancelled = await ask(gateway, tenant, "POST", f"{path}/cancel")
    assert cancelled.status_code == 202
    # Somebody has stopped it, so it does not begin again by itself.
    for unattended in (False, True):
        changed = await ask(gateway, tenant, "PATCH", path, {"unattended": unattended})
        assert changed.json()["caption_status"] == "error"


async def test_a_person_changes_name_and_language(gateway: Any) -> None:
    tenant, video_id = await gateway.video()
    path = f"/videos/{video_id}"
    changed = await ask(gateway, tenant, "PATCH", path, {"language": "Chinese"})
    assert changed.status_code == 200
    assert (changed.json()["display_name"], changed.json()["language"]) == ("clip.mp4", "zh")
    changed = await ask(
        gateway, tenant, "PATCH", path, {"display_name": "假期.mp4", "language": None}
    )
    assert (changed.json()["display_name"], changed.json()["language"]) == ("假期.mp4", None)
    shown = (await ask(gateway, tenant, "GET", path)).json()
    assert (shown["display_name"], shown["language"]) == ("假期.mp4", None)
    assert (await events(gateway, tenant))[1:] == [
        ("video.changed", changed_to("clip.mp4", "zh")),
        ("video.changed", changed_to("假期.mp4", None)),
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"display_name": None}, 422),
        ({"display_name": "\n"}, 422),
        ({"language": "Klingonese"}, 400),
        ({"size_bytes": 1}, 422),
        ([], 422),
    ],
)
async def test_a_change_that_is_not_possible(gateway: Any, body: Any, status: int) -> None:
    tenant, video_id = await gateway.video()
    assert (await ask(gateway, tenant, "PATCH", f"/videos/{video_id}", body)).status_code == status
    assert len(await events(gateway, tenant)) == 1


async def test_an_empty_change_changes_nothing(gateway: Any) -> None:
    tenant, video_id = await gateway.video()
    answer = await ask(gateway, tenant, "PATCH", f"/videos/{video_id}", {})
    assert (answer.status_code, answer.json()["display_name"]) == (200, "clip.mp4")
    assert len(await events(gateway, tenant)) == 1


async def test_deleting_a_video_cancels_its_work_and_removes_all_its_rows(gateway: Any) -> None:
    tenant, video_id = await gateway.video()
    await gateway.ready_captions(video_id, tenant)
    await gateway.sql("update captionacc.videos set status = 'uploaded' where id = $1", video_id)
    launched = (await gateway.inserted(video_id, tenant)).json()
    assert launched["status"] == "accepted"
    [job] = await gateway.sql(
        "select id from captionacc.jobs where video_id = $1 and state = 'queued'", video_id
    )

    deleted = await ask(gateway, tenant, "DELETE", f"/videos/{video_id}")

    assert deleted.status_code == 202
    assert deleted.json() == {
        "video_id": str(video_id),
        "cancelled_job_ids": [str(job["id"])],
    }
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/captions")):
        answer = await ask(gateway, tenant, method, f"/videos/{video_id}{path}")
        assert answer.status_code == 404
    for table in ("videos", "jobs", "captions", "cropped_frames_versions", "uploads"):
        column = "id" if table == "videos" else "video_id"
        assert (
            await gateway.sql(f"select from captionacc.{table} where {column} = $1", video_id) == []
        )
    [left] = await gateway.sql(
        "select tenant_id, objects_deleted_at from captionacc.deleted_videos where video_id = $1",
        video_id,
    )
    assert (left["tenant_id"], left["objects_deleted_at"]) == (tenant, None)
    kinds = [kind for kind, _ in await events(gateway, tenant)]
    assert kinds[-1] == "video.deleted"
    assert "job.cancelled" in kinds

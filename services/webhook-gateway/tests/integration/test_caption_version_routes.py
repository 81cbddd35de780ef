"""The routes of the versions of captions."""

from typing import Any
from uuid import UUID


async def edited_video(gateway: Any) -> tuple[UUID, list[int], dict[str, str]]:
    """A video whose first caption says "old" in version 1, and "new" now."""
    tenant, video = await gateway.video()
    ids = await gateway.ready_captions(video, tenant)
    await type_text(gateway, ids[0], "old")
    await gateway.caption_version(video)
    await type_text(gateway, ids[0], "new")
    return video, ids, gateway.user(tenant)


async def type_text(gateway: Any, caption: int, text: str) -> None:
    await gateway.sql(
        """
        update captionacc.captions set text = $2, text_edited = true, edited_at = now()
        where id = $1
        """,
        caption,
        text,
    )


async def get(gateway: Any, path: str, headers: dict[str, str], status: int = 200) -> Any:
    answer = await gateway.client.get(path, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_versions_are_listed_and_shown_whole(gateway: Any) -> None:
    video, ids, headers = await edited_video(gateway)
    await gateway.caption_version(video)
    path = f"/videos/{video}/captions/versions"
    versions = (await get(gateway, path, headers))["versions"]
    assert [each["number"] for each in versions] == [2, 1]
    assert versions[1]["reason"] == "crop"
    assert versions[1]["edited_count"] == 1
    assert versions[1]["tracks"][0]["crop_region"]["crop_top"] == 0.7
    assert "captions" not in versions[1]
    page = await get(gateway, f"{path}?limit=1&before=2", headers)
    assert [each["number"] for each in page["versions"]] == [1]
    whole = await get(gateway, f"{path}/1", headers)
    assert [(row["id"], row["text"]) for row in whole["captions"]] == [
        (ids[0], "old"),
        (ids[1], None),
        (ids[2], None),
    ]
    assert whole["captions"][2]["start_seconds"] == 1.5


async def test_a_version_is_restored_and_the_present_captions_become_one(gateway: Any) -> None:
    video, ids, headers = await edited_video(gateway)
    path = f"/videos/{video}/captions"
    answer = await gateway.client.post(f"{path}/versions/1/restore", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"number": 1, "saved_as": 2})
    captions = (await get(gateway, path, headers))["captions"]
    assert [(row["id"], row["text"]) for row in captions] == [
        (ids[0], "old"),
        (ids[1], None),
        (ids[2], None),
    ]
    saved = await get(gateway, f"{path}/versions/2", headers)
    assert (saved["reason"], saved["captions"][0]["text"]) == ("restore", "new")


async def test_a_restore_is_refused_while_captions_are_found_anew(gateway: Any) -> None:
    video, _, headers = await edited_video(gateway)
    region = {"crop_left": 0.1, "crop_top": 0.69, "crop_right": 0.9, "crop_bottom": 0.9}
    approved = await gateway.client.post(
        f"/videos/{video}/approve-layout", headers=headers, json={"crop_region": region}
    )
    assert approved.status_code == 202
    answer = await gateway.client.post(
        f"/videos/{video}/captions/versions/1/restore", headers=headers
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict")
    assert "wait for it or cancel it" in answer.json()["detail"]


async def test_unknown_versions_are_not_found(gateway: Any) -> None:
    video, _, headers = await edited_video(gateway)
    for number in (0, 7, 2**31, 10**30):
        path = f"/videos/{video}/captions/versions/{number}"
        await get(gateway, path, headers, status=404)
        answer = await gateway.client.post(f"{path}/restore", headers=headers)
        assert answer.status_code == 404


async def test_a_person_sees_what_a_new_crop_region_would_have_to_carry_over(gateway: Any) -> None:
    video, ids, headers = await edited_video(gateway)
    path = f"/videos/{video}/captions/carry-over"
    preview = {"edited_count": 1, "confirmed_count": 0, "removed_count": 0}
    assert await get(gateway, path, headers) == preview
    await gateway.sql("update captionacc.captions set state = 'confirmed' where id = $1", ids[2])
    preview = {"edited_count": 2, "confirmed_count": 1, "removed_count": 0}
    assert await get(gateway, path, headers) == preview

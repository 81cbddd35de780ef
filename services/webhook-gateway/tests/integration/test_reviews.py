"""Reviewers accept captions or send them back; comments on videos and captions."""

import json
from typing import Any
from uuid import uuid4

import pytest
from captionacc_supabase.together import comments, reviews
from captionacc_testkit.event_streams import opened, take


def roles(gateway: Any, tenant: Any) -> dict[str, dict[str, str]]:
    """A user of each role."""
    return {
        role: gateway.user(
            tenant, sub=str(uuid4()), app_metadata={"tenant_id": str(tenant), "role": role}
        )
        for role in ("viewer", "annotator", "reviewer", "admin")
    }


async def ready(gateway: Any) -> tuple[Any, Any, list[int]]:
    tenant, video = await gateway.video()
    return tenant, video, await gateway.ready_captions(video, tenant)


async def step(gateway: Any, headers: Any, video: Any, name: str, **body: Any) -> Any:
    return await gateway.client.post(f"/videos/{video}/reviews/{name}", headers=headers, json=body)


async def standing(gateway: Any, headers: Any, video: Any) -> Any:
    [row] = (await gateway.client.get("/videos", headers=headers)).json()["videos"]
    one = (await gateway.client.get(f"/videos/{video}", headers=headers)).json()
    assert row["review"] == one["review"]
    return row["review"]


async def test_a_video_is_sent_back_corrected_and_accepted(gateway: Any) -> None:
    tenant, video, [first, *_] = await ready(gateway)
    who = roles(gateway, tenant)
    assert await standing(gateway, who["viewer"], video) is None
    async with opened(gateway, tenant) as stream:
        await take(stream, 1)
        assert (await step(gateway, who["annotator"], video, "request")).status_code == 201
        comment = "Zoë has two dots."
        back = await step(gateway, who["reviewer"], video, "send-back", comment=comment)
        assert back.json()["state"] == "sent_back"
        requested, told = [json.loads(each["data"]) for each in await take(stream, 2)]
    assert (requested["kind"], requested["data"]["state"]) == ("video.reviewed", "requested")
    assert told["data"] == {
        "number": 2,
        "state": "sent_back",
        "made_by": back.json()["made_by"],
        "comment": comment,
    }
    assert (await standing(gateway, who["annotator"], video))["changed_since"] is False
    edited = await gateway.client.patch(
        f"/videos/{video}/captions/{first}",
        headers=who["annotator"],
        json={"text": "Zoë", "version": 1},
    )
    assert (await standing(gateway, who["annotator"], video))["changed_since"] is True
    await step(gateway, who["annotator"], video, "request")
    change = edited.json()["change"]
    accepted = await step(gateway, who["reviewer"], video, "accept", seen_change=change)
    assert (accepted.status_code, accepted.json()["last_change"]) == (201, change)
    shown = await standing(gateway, who["viewer"], video)
    assert (shown["state"], shown["changed_since"]) == ("accepted", False)
    listed = await gateway.client.get(f"/videos/{video}/reviews", headers=who["viewer"])
    assert [each["state"] for each in listed.json()["reviews"]] == [
        "accepted",
        "requested",
        "sent_back",
        "requested",
    ]
    page = await gateway.client.get(
        f"/videos/{video}/reviews?limit=1&before=4", headers=who["viewer"]
    )
    assert [each["number"] for each in page.json()["reviews"]] == [3]
    assert page.json()["next_before"] == 3


async def test_only_reviewers_decide(gateway: Any) -> None:
    tenant, video, _ = await ready(gateway)
    who = roles(gateway, tenant)
    assert (await step(gateway, who["viewer"], video, "request")).status_code == 403
    for name in ("accept", "send-back", "reopen"):
        refused = await step(gateway, who["annotator"], video, name, comment="x")
        assert refused.status_code == 403
        assert "This requires the role reviewer" in refused.json()["detail"]
    assert (await step(gateway, who["admin"], video, "accept")).status_code == 201


async def test_a_decision_on_captions_that_changed_meanwhile_is_refused(gateway: Any) -> None:
    tenant, video, [first, *_] = await ready(gateway)
    reviewer = roles(gateway, tenant)["reviewer"]
    path = f"/videos/{video}/captions/{first}"
    await gateway.client.patch(path, headers=reviewer, json={"text": "new", "version": 1})
    refused = await step(gateway, reviewer, video, "accept", seen_change=0)
    assert (refused.status_code, refused.json()["code"]) == (409, "state_conflict")
    assert "the latest change is 1" in refused.json()["detail"]


async def test_a_step_that_changes_nothing_is_refused(gateway: Any) -> None:
    tenant, video, [first, *_] = await ready(gateway)
    reviewer = roles(gateway, tenant)["reviewer"]
    assert (await step(gateway, reviewer, video, "reopen")).status_code == 409
    assert (await step(gateway, reviewer, video, "accept")).status_code == 201
    assert (await step(gateway, reviewer, video, "accept")).status_code == 409
    path = f"/videos/{video}/captions/{first}"
    await gateway.client.patch(path, headers=reviewer, json={"text": "new", "version": 1})
    assert (await step(gateway, reviewer, video, "accept")).status_code == 201
    assert (await step(gateway, reviewer, video, "reopen")).status_code == 201


async def test_steps_of_a_review_are_limited(gateway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant, video, _ = await ready(gateway)
    reviewer = roles(gateway, tenant)["reviewer"]
    monkeypatch.setattr(reviews, "MOST_STEPS", 2)
    for name, status in (("accept", 201), ("reopen", 201), ("accept", 409)):
        assert (await step(gateway, reviewer, video, name)).status_code == status
    assert (await standing(gateway, reviewer, video))["state"] == "reopened"


async def test_captions_that_are_found_anew_are_no_longer_the_accepted_ones(gateway: Any) -> None:
    tenant, video, _ = await ready(gateway)
    reviewer = roles(gateway, tenant)["reviewer"]
    await step(gateway, reviewer, video, "accept")
    await gateway.sql(
        """
        with job as (
            insert into captionacc.jobs (kind, video_id, tenant_id, input_digest, parameters,
                tier, static_score, priority, state, ended_at)
            select kind, video_id, tenant_id, 'y', parameters, tier, static_score, priority, state,
                ended_at
            from captionacc.jobs where video_id = $1 returning id
        )
        insert into captionacc.cropped_frames_versions
            (video_id, version, tenant_id, job_id, status, crop_region)
        select video_id, 2, tenant_id, job.id, 'archived', crop_region
        from captionacc.cropped_frames_versions, job where video_id = $1
        """,
        video,
    )
    await gateway.set_video(video, cropped_frames_version=2)
    assert (await standing(gateway, reviewer, video))["changed_since"] is True
    await gateway.set_video(video, caption_status="processing")
    refused = await step(gateway, reviewer, video, "accept")
    assert refused.status_code == 409
    assert "not ready" in refused.json()["detail"]


async def test_a_reviewer_finds_the_videos_to_review(gateway: Any) -> None:
    tenant, asked, _ = await ready(gateway)
    _, accepted = await gateway.video(tenant)
    await gateway.ready_captions(accepted, tenant)
    await gateway.video(tenant)
    reviewer = roles(gateway, tenant)["reviewer"]
    await step(gateway, reviewer, asked, "request")
    await step(gateway, reviewer, accepted, "request")
    await step(gateway, reviewer, accepted, "accept")
    found = await gateway.client.get(
        "/videos?review_state=requested&review_state=sent_back", headers=reviewer
    )
    assert [row["id"] for row in found.json()["videos"]] == [str(asked)]
    assert found.json()["total"] == 1


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("send-back", {}),
        ("send-back", {"comment": None}),
        ("send-back", {"comment": " \n"}),
        ("accept", {"comment": "a\0b"}),
        ("accept", {"comment": "a" * 5001}),
        ("accept", {"seen_change": -1}),
        ("request", {"other": 1}),
    ],
)
async def test_a_step_that_makes_no_sense_is_refused(gateway: Any, name: str, body: Any) -> None:
    tenant, video, _ = await ready(gateway)
    answer = await step(gateway, roles(gateway, tenant)["admin"], video, name, **body)
    assert answer.status_code == 422


async def test_people_comment_on_captions_and_on_the_video(gateway: Any) -> None:
    tenant, video, [first, _, last] = await ready(gateway)
    who = roles(gateway, tenant)
    address = f"/videos/{video}/comments"

    async def add(headers: Any, **body: Any) -> Any:
        return await gateway.client.post(address, headers=headers, json=body)

    async with opened(gateway, tenant) as stream:
        await take(stream, 1)
        added = (await add(who["annotator"], text="Is it Zoë?", caption_id=last)).json()
        [told] = await take(stream, 1)
    assert (added["track"], added["start_frame"], added["end_frame"]) == (1, 15, 29)
    assert json.loads(told["data"])["data"] == {
        "comment_id": added["id"],
        "caption_id": last,
        "action": "added",
        "made_by": added["made_by"],
    }
    on_video = (await add(who["reviewer"], text="Good work.\nThanks")).json()
    assert on_video["caption_id"] is None
    assert (await add(who["viewer"], text="x")).status_code == 403
    assert (await add(who["annotator"], text="x", caption_id=first + 10_000)).status_code == 404

    async def listed(query: str = "") -> list[int]:
        found = await gateway.client.get(address + query, headers=who["viewer"])
        return [each["id"] for each in found.json()["comments"]]

    assert await listed() == [on_video["id"], added["id"]]
    assert await listed(f"?caption_id={last}") == [added["id"]]
    assert await listed(f"?before={on_video['id']}&limit=1") == [added["id"]]
    [row] = (await gateway.client.get("/videos", headers=who["viewer"])).json()["videos"]
    assert row["open_comments"] == 2
    one = f"{address}/{added['id']}"
    resolved = await gateway.client.patch(one, headers=who["reviewer"], json={"resolved": True})
    assert resolved.json()["resolved_by"] == on_video["made_by"]
    assert await listed("?resolved=false") == [on_video["id"]]
    opened_again = await gateway.client.patch(
        one, headers=who["annotator"], json={"resolved": False}
    )
    assert (opened_again.json()["resolved_at"], opened_again.json()["resolved_by"]) == (None, None)


async def test_a_comment_is_changed_by_its_author_alone(gateway: Any) -> None:
    tenant, video, _ = await ready(gateway)
    who = roles(gateway, tenant)
    address = f"/videos/{video}/comments"
    made = await gateway.client.post(address, headers=who["annotator"], json={"text": "Zoe"})
    one = f"{address}/{made.json()['id']}"
    refused = await gateway.client.patch(one, headers=who["admin"], json={"text": "Zoë"})
    assert refused.status_code == 403
    changed = await gateway.client.patch(one, headers=who["annotator"], json={"text": "Zoë"})
    assert changed.json()["text"] == "Zoë"
    assert changed.json()["edited_at"] is not None
    other = gateway.user(tenant)
    assert (await gateway.client.delete(one, headers=other)).status_code == 403
    assert (await gateway.client.delete(one, headers=who["reviewer"])).status_code == 204
    assert (await gateway.client.delete(one, headers=who["reviewer"])).status_code == 404


async def test_a_comment_outlives_its_caption(gateway: Any) -> None:
    tenant, video, [first, *_] = await ready(gateway)
    user = gateway.user(tenant)
    body = {"text": "Not a caption", "caption_id": first}
    await gateway.client.post(f"/videos/{video}/comments", headers=user, json=body)
    await gateway.client.delete(f"/videos/{video}/captions/{first}?version=1", headers=user)
    found = await gateway.client.get(f"/videos/{video}/comments", headers=user)
    [kept] = found.json()["comments"]
    assert (kept["caption_id"], kept["start_frame"], kept["end_frame"]) == (first, 0, 9)


async def test_comments_of_a_video_are_limited(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, video, _ = await ready(gateway)
    monkeypatch.setattr(comments, "MOST_COMMENTS", 1)
    user, address = gateway.user(tenant), f"/videos/{video}/comments"
    for status in (201, 409):
        answer = await gateway.client.post(address, headers=user, json={"text": "one"})
        assert answer.status_code == status

"""Correcting captions: each route, on a video with a caption at 0-9, a gap, a caption at 15-29."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest


class Annotator:
    """A user who corrects the captions of one video; keeps the latest version of each row."""

    def __init__(self, gateway: Any, tenant: UUID, video: UUID) -> None:
        self.gateway = gateway
        self.tenant = tenant
        self.video = video
        self.user_id = str(uuid4())
        self.headers = gateway.user(tenant, sub=self.user_id)

    async def rows(self) -> list[dict[str, Any]]:
        answer = await self.send("GET", "captions")
        found: list[dict[str, Any]] = answer.json()["captions"]
        return found

    async def send(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: httpx.Response = await self.gateway.client.request(
            method, f"/videos/{self.video}/{path}", json=body, headers=self.headers | given
        )
        return answer

    async def edit(self, *operations: dict[str, Any]) -> httpx.Response:
        return await self.send("POST", "captions/edits", {"operations": list(operations)})

    async def done(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = await self.send(method, path, body, **headers)
        assert answer.is_success, answer.text
        return answer.json()


async def annotator(gateway: Any) -> tuple[Annotator, list[int]]:
    tenant, video = await gateway.video()
    ids = await gateway.ready_captions(video, tenant)
    return Annotator(gateway, tenant, video), ids


def spans(rows: list[dict[str, Any]]) -> list[tuple[int, int, str, str | None]]:
    return [(row["start_frame"], row["end_frame"], row["state"], row["text"]) for row in rows]


async def test_a_correction_grows_the_version_and_is_told_and_remembered(gateway: Any) -> None:
    user, [first, *_] = await annotator(gateway)
    shown = await user.send("GET", f"captions/{first}")
    assert (shown.headers["etag"], shown.json()["version"]) == ('"1"', 1)
    body = {
        "text": "你好",
        "text_status": "valid_caption",
        "text_notes": "ok",
        "state": "confirmed",
    }
    answer = await user.send("PATCH", f"captions/{first}", body, if_match='"1"')
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    [row] = answer.json()["captions"]
    assert {**row, **body} == row
    assert (row["version"], row["edited_at"] is not None) == (2, True)
    [event] = await gateway.sql(
        "select data from captionacc.events where video_id = $1 and kind = 'captions.changed'",
        user.video,
    )
    expected = {
        "caption_ids": [first],
        "versions": [2],
        "removed_ids": [],
        "change": 1,
        "kind": "update",
        "made_by": user.user_id,
    }
    assert msgspec_json(event["data"]) == expected
    [change] = (await user.done("GET", "captions/history"))["changes"]
    assert (change["number"], change["kind"], change["made_by"]) == (1, "update", user.user_id)
    assert [row["text"] for row in change["before"]] == [None]
    assert [row["text"] for row in change["after"]] == ["你好"]
    again = await user.send("PATCH", f"captions/{first}", {**body, "version": 2})
    assert again.json()["change"] is None, "a correction that changes nothing is not remembered"
    assert again.headers["etag"] == '"2"'


def msgspec_json(text: str) -> Any:
    return httpx.Response(200, text=text).json()


async def test_a_stale_version_is_answered_with_the_present_state(gateway: Any) -> None:
    user, [first, *_] = await annotator(gateway)
    path = f"captions/{first}"
    await user.done("PATCH", path, {"text": "mine"}, if_match='W/"1"')
    stale = await user.send("PATCH", path, {"text": "theirs"}, if_match='"1"')
    assert stale.status_code == 412
    assert stale.headers["content-type"] == "application/problem+json"
    assert stale.json()["code"] == "caption_changed"
    [present] = stale.json()["captions"]
    assert (present["id"], present["version"], present["text"]) == (first, 2, "mine")
    for body, headers, status in (
        ({"text": "x"}, {}, 428),
        ({"text": "x", "version": 1}, {}, 412),
        ({"text": "x", "version": 3}, {"if_match": '"2"'}, 422),
        ({"text": "x"}, {"if_match": "*"}, 422),
        ({"text": "x"}, {"if_match": "2"}, 422),
    ):
        answer = await user.send("PATCH", path, body, **headers)
        assert answer.status_code == status, answer.text
    assert (await user.send("DELETE", path)).status_code == 428
    assert (await user.send("DELETE", f"{path}?version=1")).status_code == 412
    assert [row["text"] for row in await user.rows()] == ["mine", None, None]


async def test_the_neighbour_moves_with_a_frame(gateway: Any) -> None:
    user, [first, gap, last] = await annotator(gateway)
    moved = await user.done("PATCH", f"captions/{first}", {"end_frame": 11, "version": 1})
    assert spans(moved["captions"]) == [(0, 11, "predicted", None), (12, 14, "gap", None)]
    gone = await user.done("PATCH", f"captions/{last}", {"start_frame": 10, "version": 1})
    assert gone["removed_ids"] == [gap]
    assert spans(await user.rows()) == [(0, 9, "predicted", None), (10, 29, "predicted", None)]
    [row, _] = await user.rows()
    over = {"end_frame": 29, "version": row["version"]}
    answer = await user.send("PATCH", f"captions/{first}", over)
    assert answer.status_code == 409
    assert f"would cover all frames of caption {last}" in answer.json()["detail"]
    outside = await user.send("PATCH", f"captions/{first}", {"end_frame": 30, "version": 3})
    assert (outside.status_code, outside.json()["code"]) == (422, "frame_range_invalid")
    for changes in ({"start_frame": 5, "end_frame": 4}, {"start_frame": 25, "end_frame": 27}):
        answer = await user.send("PATCH", f"captions/{first}", {**changes, "version": 3})
        assert answer.status_code in (409, 422), answer.text


async def test_captions_are_split_merged_added_and_deleted(gateway: Any) -> None:
    user, [first, gap, last] = await annotator(gateway)
    split = await user.done(
        "POST", f"captions/{last}/split", {"frame": 20, "texts": ["a", "b"], "version": 1}
    )
    assert spans(split["captions"]) == [(15, 19, "predicted", "a"), (20, 29, "predicted", "b")]
    second = split["captions"][1]["id"]
    merged = await user.done(
        "POST", f"captions/{second}/merge", {"others": "previous", "version": 1}
    )
    assert spans(merged["captions"]) == [(15, 29, "predicted", "a\nb")]
    assert merged["removed_ids"] == [last]
    added = await user.send("POST", "captions", {"start_frame": 11, "end_frame": 12, "text": "new"})
    assert added.status_code == 201
    made = added.json()["refs"]["added"]
    assert added.headers["location"] == f"/videos/{user.video}/captions/{made}"
    assert added.headers["etag"] == '"1"'
    assert [row["end_frame"] for row in await user.rows()] == [9, 10, 12, 14, 29]
    deleted = await user.done("DELETE", f"captions/{made}", if_match='"1"')
    assert made in deleted["removed_ids"]
    assert spans(deleted["captions"]) == [(10, 14, "gap", None)]
    assert deleted["captions"][0]["id"] == gap
    assert (await user.send("GET", f"captions/{made}")).status_code == 404
    both = [{"caption": second, "version": 2}]
    all_of_it = await user.done(
        "POST", f"captions/{first}/merge", {"others": both, "version": 1, "text": "all"}
    )
    assert spans(all_of_it["captions"]) == [(0, 29, "predicted", "all")]


async def test_what_cannot_be_done_is_refused_with_a_sentence(gateway: Any) -> None:
    user, [first, gap, last] = await annotator(gateway)
    requests: list[tuple[str, str, Any, int, str]] = [
        ("PATCH", f"captions/{gap}", {"text": "x", "version": 1}, 409, "is a gap"),
        ("PATCH", f"captions/{2**63}", {"text": "x", "version": 1}, 404, "no caption"),
        ("PATCH", f"captions/{first}", {"state": "gap", "version": 1}, 422, "state"),
        ("PATCH", f"captions/{first}", {"text": "字" * 20_001, "version": 1}, 422, "20000"),
        ("PATCH", f"captions/{first}", {"text_notes": "a\0b", "version": 1}, 422, "text_notes"),
        ("PATCH", f"captions/{first}", {"texts": "a", "version": 1}, 422, "unknown field"),
        ("POST", f"captions/{first}/split", {"frame": 0, "version": 1}, 422, "not the first"),
        ("POST", f"captions/{first}/merge", {"others": "previous", "version": 1}, 409, "before"),
        ("POST", f"captions/{last}/merge", {"others": "next", "version": 1}, 409, "after"),
        ("POST", "captions", {"start_frame": 9, "end_frame": 12}, 409, "in one gap"),
        ("POST", "captions", {"start_frame": 12, "end_frame": 30}, 422, "0 to 29"),
        ("POST", "captions", {"start_frame": 10, "end_frame": 12, "track": 2}, 409, "track 2"),
    ]
    before = await user.rows()
    for method, path, body, status, part in requests:
        answer = await user.send(method, path, body)
        assert (answer.status_code, part in answer.json()["detail"]) == (status, True), answer.text
    assert await user.rows() == before
    assert (await user.done("GET", "captions/history"))["changes"] == []


async def test_exact_times_refine_the_grid_and_reach_the_exports(gateway: Any) -> None:
    user, [first, _, last] = await annotator(gateway)
    await gateway.set_video(user.video, start_seconds=1.4)
    [row, *_] = await user.rows()
    assert (row["start_seconds"], row["end_seconds"]) == (1.4, 2.4)
    exact = {"start_seconds": 1.44, "end_seconds": 2.36, "text": "一", "version": 1}
    await user.done("PATCH", f"captions/{first}", exact)
    await user.done("PATCH", f"captions/{last}", {"text": "二", "version": 1})
    srt = await user.send("GET", "captions.srt")
    assert srt.text == (
        "1\n00:00:01,440 --> 00:00:02,360\n一\n\n2\n00:00:02,900 --> 00:00:04,400\n二\n\n"
    )
    for body in (
        {"start_seconds": 1.51},
        {"end_seconds": 2.29},
        {"start_seconds": 1.4, "end_seconds": 1.3},
    ):
        answer = await user.send("PATCH", f"captions/{first}", {**body, "version": 2})
        assert (answer.status_code, answer.json()["code"]) == (422, "caption_times_invalid")
    back = await user.done("PATCH", f"captions/{first}", {"start_seconds": None, "version": 2})
    assert back["captions"][0]["start_seconds"] == 1.4
    moved = await user.done("PATCH", f"captions/{first}", {"end_frame": 10, "version": 3})
    assert moved["captions"][0]["end_seconds"] == 2.5, "a moved frame drops the exact time"


async def test_a_neighbour_gives_way_unless_a_person_set_its_time_apart(gateway: Any) -> None:
    user, [first, _, last] = await annotator(gateway)
    await user.done("PATCH", f"captions/{last}", {"start_frame": 10, "version": 1})
    earlier = await user.done("PATCH", f"captions/{last}", {"start_seconds": 0.96, "version": 2})
    assert [row["end_seconds"] for row in earlier["captions"]] == [0.96, 3.0]
    again = await user.done("PATCH", f"captions/{last}", {"start_seconds": 0.92, "version": 3})
    assert [row["end_seconds"] for row in again["captions"]] == [0.92, 3.0]
    apart = await user.done("PATCH", f"captions/{last}", {"start_seconds": 1.0, "version": 4})
    assert [row["id"] for row in apart["captions"]] == [last]
    refused = await user.send("PATCH", f"captions/{last}", {"start_seconds": 0.9, "version": 5})
    assert refused.status_code == 409
    assert f"caption {first}, whose end a person has set" in refused.json()["detail"]


async def test_a_list_applies_whole_and_later_operations_name_what_earlier_ones_made(
    gateway: Any,
) -> None:
    user, [first, _, last] = await annotator(gateway)
    answer = await user.edit(
        {"op": "add", "ref": "new", "start_frame": 10, "end_frame": 14},
        {"op": "split", "caption": last, "version": 1, "frame": 20, "ref": "rest"},
        {"op": "update", "caption": "new", "text": "N", "state": "confirmed"},
        {"op": "update", "caption": "rest", "text": "R"},
        {"op": "merge", "caption": first, "version": 1, "others": [{"caption": "new"}]},
        {"op": "delete", "caption": last, "version": 1},
    )
    assert answer.status_code == 200, answer.text
    assert spans(await user.rows()) == [
        (0, 14, "predicted", "N"),
        (15, 19, "gap", None),
        (20, 29, "predicted", "R"),
    ]
    refs = answer.json()["refs"]
    assert refs["rest"] == (await user.rows())[2]["id"]
    before = await user.rows()
    refused = await user.edit(
        {"op": "update", "caption": first, "version": 2, "text": "half"},
        {"op": "update", "caption": "never", "text": "x"},
    )
    assert refused.status_code == 404
    assert refused.json()["detail"].startswith("Operation 2 of 2: ")
    stale = await user.edit(
        {"op": "update", "caption": first, "version": 2, "text": "half"},
        {"op": "update", "caption": refs["rest"], "version": 9, "text": "x"},
    )
    assert [row["id"] for row in stale.json()["captions"]] == [refs["rest"]]
    assert await user.rows() == before, "a refused list changes nothing"
    assert (await user.edit()).status_code == 422
    many = [{"op": "delete", "caption": first, "version": 2}] * 2001
    assert (await user.edit(*many)).status_code == 422


async def test_two_hundred_lines_are_pasted_and_replaced_and_the_paste_is_undone(
    gateway: Any,
) -> None:
    user, [first, _, _] = await annotator(gateway)
    await gateway.set_video(user.video, frame_count=1000)
    await gateway.sql(
        "update captionacc.captions set end_frame = 999 where video_id = $1 and start_frame = 15",
        user.video,
    )
    whole = await user.done("POST", f"captions/{first}/merge", {"others": "next", "version": 1})
    assert spans(whole["captions"]) == [(0, 999, "predicted", None)]
    cuts = [
        {"op": "split", "caption": first, "version": 2, "frame": 1000 - 5 * n, "ref": str(n)}
        for n in range(1, 200)
    ]
    names = [first, *(str(n) for n in range(199, 0, -1))]
    lines = [{"op": "update", "caption": name, "text": f"line {n}"} for n, name in enumerate(names)]
    lines[0]["version"] = 2
    pasted = await user.edit(*cuts, *lines)
    assert pasted.status_code == 200, pasted.text
    rows = await user.rows()
    assert [row["text"] for row in rows] == [f"line {n}" for n in range(200)]
    replaced = await user.edit(
        *(
            {
                "op": "update",
                "caption": row["id"],
                "version": row["version"],
                "text": row["text"].replace("line", "verse"),
            }
            for row in rows
        )
    )
    change = replaced.json()["change"]
    assert {row["text"] for row in await user.rows()} == {f"verse {n}" for n in range(200)}
    # A page that was loaded again knows the history alone.
    listed = (await user.done("GET", "captions/history"))["changes"]
    assert [(each["number"], each["caption_count"]) for each in listed][:2] == [
        (change, 200),
        (change - 1, 200),
    ]
    assert [len(each["after"]) for each in listed[:2]] == [50, 50]
    assert len((await user.done("GET", f"captions/history/{change}"))["after"]) == 200
    await user.done("POST", f"captions/history/{change}/undo")
    assert [row["text"] for row in await user.rows()] == [f"line {n}" for n in range(200)]
    await user.done("POST", f"captions/history/{change - 1}/undo")
    assert spans(await user.rows()) == [(0, 999, "predicted", None)]


async def test_changes_are_undone_and_done_again(gateway: Any) -> None:
    user, [first, gap, last] = await annotator(gateway)
    await user.done("PATCH", f"captions/{first}", {"text": "one", "version": 1})
    await user.done("DELETE", f"captions/{last}?version=1")
    await user.done("PATCH", f"captions/{first}", {"text": "two", "version": 2})
    refused = await user.send("POST", "captions/history/1/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "state_conflict")
    assert "Change 3 touched the same frames" in refused.json()["detail"]
    undone = await user.done("POST", "captions/history/2/undo")
    assert [row["id"] for row in undone["captions"]] == [gap, last]
    assert [row["version"] for row in undone["captions"]] == [3, 2]
    assert (await user.send("POST", "captions/history/2/undo")).status_code == 409
    await user.done("POST", "captions/history/3/undo")
    await user.done("POST", "captions/history/1/undo")
    assert spans(await user.rows()) == [
        (0, 9, "predicted", None),
        (10, 14, "gap", None),
        (15, 29, "predicted", None),
    ]
    for number in (6, 5, 4):
        await user.done("POST", f"captions/history/{number}/undo")
    assert spans(await user.rows()) == [(0, 9, "predicted", "two"), (10, 29, "gap", None)]
    page = await user.done("GET", "captions/history?limit=2")
    assert [(each["number"], each["undoes"]) for each in page["changes"]] == [(9, 4), (8, 5)]
    assert page["next_before"] == 8
    rest = await user.done("GET", "captions/history?limit=100&before=8")
    assert [(each["number"], each["undone_by"]) for each in rest["changes"]] == [
        (7, None),
        (6, 7),
        (5, 8),
        (4, 9),
        (3, None),
        (2, None),
        (1, None),
    ]
    of_last = await user.done("GET", f"captions/history?caption_id={last}")
    assert [each["number"] for each in of_last["changes"]] == [9, 4, 2]
    assert {row["id"] for each in of_last["changes"] for row in each["before"]} == {last}
    assert (await user.send("POST", "captions/history/10/undo")).status_code == 404
    assert (await user.send("GET", "captions/history/10")).status_code == 404


@pytest.mark.parametrize(("kind", "status"), [("crop_and_infer", 409), ("captions_ocr", 200)])
async def test_a_running_job_that_replaces_captions_blocks_edits(
    gateway: Any, kind: str, status: int
) -> None:
    user, [first, *_] = await annotator(gateway)
    [job] = await gateway.sql(
        """
        insert into captionacc.jobs (kind, video_id, tenant_id, input_digest, parameters, tier,
            static_score, priority, state, lease_owner, lease_token, lease_expires_at)
        values ($1, $2, $3, 'x', '{}', 'free', 50, 50, 'running', 'w',
            nextval('captionacc.lease_tokens'), now() + interval '1 minute')
        returning id
        """,
        kind,
        user.video,
        user.tenant,
    )
    answer = await user.send("PATCH", f"captions/{first}", {"text": "mine", "version": 1})
    assert answer.status_code == status
    assert (str(job["id"]) in answer.text) == (status == 409)


async def test_the_tracks_of_a_video_are_corrected_apart(gateway: Any) -> None:
    user, [first, *_] = await annotator(gateway)
    [_, above, _] = await gateway.second_track(user.video)
    other = [{"caption": above, "version": 1}]
    answer = await user.send("POST", f"captions/{first}/merge", {"others": other, "version": 1})
    assert answer.status_code == 409
    await user.done("POST", "captions", {"track": 2, "start_frame": 0, "end_frame": 4})
    changed = await user.edit(
        {"op": "update", "caption": above, "version": 1, "start_frame": 7},
        {"op": "delete", "caption": first, "version": 1},
    )
    assert changed.status_code == 200
    ends = [(row["track"], row["end_frame"]) for row in await user.rows()]
    assert sorted(ends) == [(1, 14), (1, 29), (2, 6), (2, 19), (2, 29)]

"""``GET /videos/{id}/captions``: ranges, pages, entity tags and compression."""

import gzip
from typing import Any
from uuid import UUID

import pytest


async def _video(gateway: Any) -> tuple[UUID, UUID]:
    """Make a video of 30 frames with two tracks, each of three rows."""
    tenant, video_id = await gateway.video()
    await gateway.ready_captions(video_id, tenant)
    await gateway.second_track(video_id)
    return tenant, video_id


async def _get(gateway: Any, tenant: UUID, address: str, **headers: str) -> Any:
    return await gateway.client.get(address, headers=gateway.user(tenant) | headers)


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", [(0, 1), (0, 2), (5, 2), (10, 1), (15, 1), (20, 2)]),
        ("track=2", [(0, 2), (5, 2), (20, 2)]),
        ("from_frame=9&to_frame=9", [(0, 1), (5, 2)]),
        ("from_frame=20", [(15, 1), (20, 2)]),
        ("to_frame=0&track=1", [(0, 1)]),
        ("from_frame=30", []),
    ],
)
async def test_a_range_of_frames_selects_captions(
    gateway: Any, query: str, rows: list[tuple[int, int]]
) -> None:
    tenant, video_id = await _video(gateway)

    answer = await _get(gateway, tenant, f"/videos/{video_id}/captions?{query}")

    found = answer.json()
    assert [(row["start_frame"], row["track"]) for row in found["captions"]] == rows
    assert (found["frame_count"], found["frame_rate"], found["next"]) == (30, 10.0, None)


async def test_next_links_lead_through_all_captions(gateway: Any) -> None:
    tenant, video_id = await _video(gateway)
    whole = (await _get(gateway, tenant, f"/videos/{video_id}/captions")).json()
    seen, address = [], f"/videos/{video_id}/captions?limit=4"

    while address:
        answer = await _get(gateway, tenant, address)
        assert answer.links.get("next", {}).get("url") == answer.json()["next"]
        seen += answer.json()["captions"]
        address = answer.json()["next"]

    assert seen == whole["captions"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=20001", "track=5", "from_frame=-1", "to_frame=2147483648", "page=2"]
)
async def test_a_range_that_cannot_be_is_refused(gateway: Any, query: str) -> None:
    tenant, video_id = await _video(gateway)

    answer = await _get(gateway, tenant, f"/videos/{video_id}/captions?{query}")

    assert (answer.status_code, query.partition("=")[0] in answer.json()["detail"]) == (400, True)


async def test_a_copy_that_is_still_true_is_not_sent_again(gateway: Any) -> None:
    tenant, video_id = await _video(gateway)
    address = f"/videos/{video_id}/captions"
    tag = (await _get(gateway, tenant, address)).headers["etag"]

    again = await _get(gateway, tenant, address, **{"If-None-Match": f'"other", {tag}'})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize(
    "change",
    [
        "update captionacc.captions set text = 'corrected' where video_id = $1 and start_frame = 5",
        "delete from captionacc.captions where video_id = $1 and start_frame = 20",
        "update captionacc.videos set start_seconds = 0.04 where id = $1",
    ],
)
async def test_a_change_gives_the_list_another_tag(gateway: Any, change: str) -> None:
    tenant, video_id = await _video(gateway)
    address = f"/videos/{video_id}/captions"
    before = await _get(gateway, tenant, address)

    await gateway.sql(change, video_id)
    after = await _get(gateway, tenant, address, **{"If-None-Match": before.headers["etag"]})

    assert after.status_code == 200
    assert after.json() != before.json()
    assert after.headers["etag"] != before.headers["etag"]


async def test_lists_are_compressed_for_clients_that_accept_it(gateway: Any) -> None:
    tenant, video_id = await _video(gateway)
    address = f"/videos/{video_id}/captions"
    plain = await _get(gateway, tenant, address, **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers

    request = gateway.client.build_request(
        "GET", address, headers=gateway.user(tenant) | {"Accept-Encoding": "br, gzip"}
    )
    answer = await gateway.client.send(request, stream=True)
    body = b"".join([part async for part in answer.aiter_raw()])

    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]
    assert (gzip.decompress(body), answer.headers["etag"]) == (plain.content, plain.headers["etag"])


async def test_a_kept_list_is_not_shown_to_another_tenant(gateway: Any) -> None:
    tenant, video_id = await _video(gateway)
    tag = (await _get(gateway, tenant, f"/videos/{video_id}/captions")).headers["etag"]
    other, _ = await gateway.video()

    answer = await _get(gateway, other, f"/videos/{video_id}/captions", **{"If-None-Match": tag})

    assert answer.status_code == 404

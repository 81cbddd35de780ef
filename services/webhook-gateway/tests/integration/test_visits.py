"""Who has a video open, as pages tell and as others see it."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_supabase.together.visits import MOST_TABS, Visits
from captionacc_testkit.event_streams import Message, opened
from captionacc_webhook_gateway.identity import known_people
from captionacc_webhook_gateway.live_events import event_feed
from captionacc_webhook_gateway.routes.together import visits

WORKING = {"view": "captions", "caption_id": 7, "working": True}


def person(gateway: Any, tenant: Any, name: str | None = None, **metadata: Any) -> dict[str, str]:
    """A user with one token, who can send several requests."""
    found: dict[str, str] = gateway.user(
        tenant,
        sub=str(uuid4()),
        user_metadata={"full_name": name} if name else None,
        app_metadata={"tenant_id": str(tenant), **metadata},
    )
    return found


async def visit(
    gateway: Any, headers: dict[str, str], video: Any, tab: Any, body: Any = WORKING
) -> Any:
    answer = await gateway.client.put(f"/videos/{video}/visits/{tab}", headers=headers, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def shown(gateway: Any, tenant: Any, video: Any) -> Any:
    """The visits that the list of videos shows of a video."""
    answer = await gateway.client.get("/videos", headers=gateway.user(tenant))
    return next(row["visits"] for row in answer.json()["videos"] if row["id"] == str(video))


async def next_visits(stream: Any) -> dict[str, Any]:
    async with asyncio.timeout(15):
        while True:
            message: Message = await anext(stream)
            if message["event"] == "visits":
                videos: dict[str, Any] = json.loads(message["data"])["visits"]
                return videos


async def test_others_see_who_has_a_video_open_and_where(gateway: Any) -> None:
    tenant, video = await gateway.video()
    ann, tab = person(gateway, tenant, "Ann Lee"), uuid4()
    answer = await visit(gateway, ann, video, tab)
    assert answer["repeat_after_s"] < 30
    [seen] = answer["visits"]
    assert seen | {"user_id": None, "began_at": None} == {
        "name": "Ann Lee",
        "tab": str(tab),
        **WORKING,
        "user_id": None,
        "began_at": None,
    }
    assert await shown(gateway, tenant, video) == [seen]
    bob = await visit(gateway, person(gateway, tenant, "Bob"), video, uuid4(), {})
    assert [each["name"] for each in bob["visits"]] == ["Ann Lee", "Bob"]
    one = await gateway.client.get(f"/videos/{video}", headers=gateway.user(tenant))
    assert [each["name"] for each in one.json()["visits"]] == ["Ann Lee", "Bob"]


async def test_a_visit_ends_when_the_page_says_so(gateway: Any) -> None:
    tenant, video = await gateway.video()
    ann, tab = person(gateway, tenant), uuid4()
    await visit(gateway, ann, video, tab)
    address = f"/videos/{video}/visits/{tab}"
    other = await gateway.client.delete(address, headers=person(gateway, tenant))
    assert other.status_code == 204
    assert len(await shown(gateway, tenant, video)) == 1
    assert (await gateway.client.delete(address, headers=ann)).status_code == 204
    assert await shown(gateway, tenant, video) == []


async def test_a_tab_has_one_video_open_at_a_time(gateway: Any) -> None:
    tenant, first = await gateway.video()
    _, second = await gateway.video(tenant)
    ann, tab = person(gateway, tenant), uuid4()
    await visit(gateway, ann, first, tab)
    await visit(gateway, ann, second, tab)
    assert await shown(gateway, tenant, first) == []
    # The page of the first video, which closes late, does not end the visit of the second one.
    await gateway.client.delete(f"/videos/{first}/visits/{tab}", headers=ann)
    assert len(await shown(gateway, tenant, second)) == 1


async def test_a_person_has_a_limited_number_of_tabs(gateway: Any) -> None:
    tenant, video = await gateway.video()
    ann = person(gateway, tenant)
    tabs = [uuid4() for _ in range(MOST_TABS + 2)]
    for tab in tabs:
        await visit(gateway, ann, video, tab)
    listed = [each["tab"] for each in await shown(gateway, tenant, video)]
    assert listed == [str(tab) for tab in tabs[2:]]


async def test_a_viewer_looks_and_does_not_work(gateway: Any) -> None:
    tenant, video = await gateway.video()
    viewer = person(gateway, tenant, role="viewer")
    answer = await visit(gateway, viewer, video, uuid4())
    assert [each["working"] for each in answer["visits"]] == [False]


@pytest.mark.parametrize(
    "body",
    [{"view": "elsewhere"}, {"caption_id": 0}, {"caption_id": 2**63}, {"working": 1}, {"x": 1}],
)
async def test_a_visit_that_makes_no_sense_is_refused(gateway: Any, body: Any) -> None:
    tenant, video = await gateway.video()
    answer = await gateway.client.put(
        f"/videos/{video}/visits/{uuid4()}", headers=gateway.user(tenant), json=body
    )
    assert answer.status_code == 422
    assert await shown(gateway, tenant, video) == []


async def test_the_stream_tells_who_comes_moves_and_leaves(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, video = await gateway.video()
    ann, tab = person(gateway, tenant, "Ann"), uuid4()
    async with opened(gateway, tenant) as stream:
        assert await next_visits(stream) == {}
        await visit(gateway, ann, video, tab)
        [came] = (await next_visits(stream))[str(video)]
        assert (came["name"], came["caption_id"]) == ("Ann", 7)
        # A page that only renews its visit tells nothing new.
        await visit(gateway, ann, video, tab)
        await visit(gateway, ann, video, tab, {**WORKING, "caption_id": 8})
        [moved] = (await next_visits(stream))[str(video)]
        assert (moved["caption_id"], moved["began_at"]) == (8, came["began_at"])
        # This page is gone without a word.
        monkeypatch.setattr(visits, "VISIT_LASTS_S", 0.5)
        await visit(gateway, ann, video, tab)
        while (await next_visits(stream)) != {}:
            pass


async def test_streams_of_a_tenant_share_one_read_of_the_visits(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[Any] = []
    read = Visits.of_tenant

    async def counting(self: Visits, tenant_id: Any) -> Any:
        reads.append(tenant_id)
        return await read(self, tenant_id)

    monkeypatch.setattr(Visits, "of_tenant", counting)
    tenant, video = await gateway.video()
    ann, tab = person(gateway, tenant, "Ann"), uuid4()
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(opened(gateway, tenant)) for _ in range(20)]
        for stream in streams:
            assert await next_visits(stream) == {}
        for caption_id in range(5):
            await visit(gateway, ann, video, tab, {**WORKING, "caption_id": 7 + caption_id})
            for stream in streams:
                [seen] = (await next_visits(stream))[str(video)]
                assert seen["caption_id"] == 7 + caption_id
    # One read per wake-up: the first stream, the changes, and polls and events in between.
    assert reads.count(tenant) < 20


async def test_one_failed_read_of_the_visits_is_repeated_for_all_streams(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [TransientError(ErrorCode.DATABASE_UNAVAILABLE, "away")]
    read = Visits.of_tenant

    async def failing_once(self: Visits, tenant_id: Any) -> Any:
        if failures:
            raise failures.pop()
        return await read(self, tenant_id)

    monkeypatch.setattr(Visits, "of_tenant", failing_once)
    monkeypatch.setattr(event_feed, "READ_AGAIN_S", 0.1)
    tenant, _ = await gateway.video()
    async with opened(gateway, tenant) as one, opened(gateway, tenant) as two:
        assert [await next_visits(one), await next_visits(two)] == [{}, {}]
    assert failures == []


async def test_a_stream_that_goes_on_tells_who_is_there(gateway: Any) -> None:
    tenant, video = await gateway.video()
    await visit(gateway, person(gateway, tenant, "Ann"), video, uuid4())
    async with opened(gateway, tenant, "1") as stream:
        [there] = (await next_visits(stream))[str(video)]
    assert there["name"] == "Ann"


async def test_visits_of_another_tenant_are_not_told(gateway: Any, tenant: Any) -> None:
    other, video = await gateway.video()
    async with opened(gateway, tenant) as stream:
        assert await next_visits(stream) == {}
        await visit(gateway, person(gateway, other), video, uuid4())
        _, mine = await gateway.video(tenant)
        await visit(gateway, person(gateway, tenant), mine, uuid4())
        assert list(await next_visits(stream)) == [str(mine)]


async def test_people_are_listed_by_the_names_in_their_tokens(gateway: Any) -> None:
    tenant, video = await gateway.video()
    user_id = str(uuid4())
    claims: dict[str, Any] = {"sub": user_id, "email": "ann@example.org"}
    headers = gateway.user(tenant, **claims, user_metadata={"name": "Ann\n\u202e Lee "})
    await visit(gateway, headers, video, uuid4())
    listed = (await gateway.client.get("/people", headers=headers)).json()
    assert listed["people"] == [{"id": user_id, "name": "Ann Lee", "email": "ann@example.org"}]
    assert listed["me"] == {
        **listed["people"][0],
        "tenant_id": str(tenant),
        "role": "annotator",
    }
    renamed = gateway.user(tenant, **claims, user_metadata={"full_name": "A. Lee", "name": "B"})
    await visit(gateway, renamed, video, uuid4())
    others = await gateway.client.get("/people", headers=gateway.user(tenant))
    assert [each["name"] for each in others.json()["people"]] == ["A. Lee"]
    strangers = await gateway.client.get("/people", headers=gateway.user(uuid4()))
    assert strangers.json()["people"] == []


async def test_a_person_is_noted_again_every_day(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, video = await gateway.video()
    ann = person(gateway, tenant, "Ann")

    async def noted_days_ago() -> int:
        age = "select extract(day from now() - noted_at)::int from captionacc.people"
        [row] = await gateway.sql(f"{age} where tenant_id = $1", tenant)
        return int(row[0])

    await visit(gateway, ann, video, uuid4())
    await gateway.sql(
        "update captionacc.people set noted_at = now() - interval '9 days' where tenant_id = $1",
        tenant,
    )
    await visit(gateway, ann, video, uuid4())
    assert await noted_days_ago() == 9
    monkeypatch.setattr(known_people, "NOTE_AGAIN_S", 0.0)
    await visit(gateway, ann, video, uuid4())
    assert await noted_days_ago() == 0


@pytest.mark.parametrize("metadata", ["Ann", {"full_name": 5, "name": " \x00 "}, None])
async def test_a_name_that_is_none_is_left_out(gateway: Any, metadata: Any) -> None:
    tenant, video = await gateway.video()
    headers = gateway.user(tenant, user_metadata=metadata, email={"at": "all"})
    answer = await visit(gateway, headers, video, uuid4())
    assert [each["name"] for each in answer["visits"]] == [None]
    assert (await gateway.client.get("/people", headers=headers)).json()["people"] == []

import asyncio
import json
import time
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest
from captionacc_contracts.events import EventKind
from captionacc_contracts.work.compute import Progress
from captionacc_supabase.events import Events
from captionacc_testkit.event_streams import Message, messages, opened, take
from captionacc_testkit.waiting import eventually
from captionacc_webhook_gateway.live_events import event_feed, poll, wakes


async def tell(gateway: Any, tenant: UUID, count: int = 1) -> None:
    for _ in range(count):
        async with gateway.database.transaction() as session:
            session.announcements.event(tenant, EventKind.CAPTIONS_CHANGED, {"caption_ids": [1]})


def numbers(found: list[Message]) -> list[int]:
    return [int(message["id"]) for message in found]


async def test_a_new_stream_begins_with_a_snapshot_and_goes_on(gateway: Any) -> None:
    tenant, video = await gateway.video()
    async with opened(gateway, tenant) as stream:
        [snapshot] = await take(stream, 1)
        assert snapshot["event"] == "snapshot"
        assert [row["id"] for row in json.loads(snapshot["data"])["videos"]] == [str(video)]
        await gateway.inserted(video, tenant)
        status, queued = await take(stream, 2)
    assert {status["event"], queued["event"]} == {"video.status", "job.queued"}
    assert numbers([status, queued]) == [int(snapshot["id"]) + 1, int(snapshot["id"]) + 2]


async def test_the_existing_front_end_gets_its_older_event(gateway: Any) -> None:
    tenant, video = await gateway.video()
    async with opened(gateway, tenant) as stream:
        await take(stream, 1)
        await gateway.inserted(video, tenant)
        async with asyncio.timeout(15):
            while (message := await anext(stream))["event"] != "video-stats-updated":
                pass
    data = json.loads(message["data"])
    assert data["videoId"] == str(video)
    assert data["flowName"] == "captionacc-video-initial-processing"
    assert data["status"] == "queued"


async def test_progress_names_its_flow(gateway: Any) -> None:
    tenant, video = await gateway.video()
    await gateway.inserted(video, tenant)
    async with gateway.database.transaction() as session:
        [job] = await session.jobs.for_video(video)
        claimed = await session.jobs.claim(job.id, "worker", 60)
    async with opened(gateway, tenant) as stream:
        await take(stream, 1)
        assert (await anext(stream))["event"] == "visits"
        async with gateway.database.transaction() as session:
            assert claimed.lease is not None
            progress = Progress(stage="read", done=1, total=3)
            await session.videos.set_progress(claimed.lease, video, progress)
        async with asyncio.timeout(15):
            message = await anext(stream)
    assert message["event"] == "video-stats-updated"
    assert json.loads(message["data"])["status"] == "progress"
    assert json.loads(message["data"])["flowName"] == "captionacc-video-initial-processing"


async def test_a_reconnected_stream_loses_nothing_and_repeats_nothing(gateway: Any) -> None:
    tenant, _ = await gateway.video()
    async with opened(gateway, tenant) as stream:
        [snapshot] = await take(stream, 1)
    last = snapshot["id"]
    seen: list[int] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(tell(gateway, tenant, 40))
        while len(seen) < 40:
            async with opened(gateway, tenant, last) as stream:
                found = await take(stream, min(7, 40 - len(seen)))
            last = found[-1]["id"]
            seen += numbers(found)
    begin = int(snapshot["id"]) + 1
    assert seen == list(range(begin, begin + 40))


async def test_everything_missed_is_replayed_page_by_page(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "PAGE", 3)
    tenant, _ = await gateway.video()
    await tell(gateway, tenant, 10)
    async with opened(gateway, tenant, "1") as stream:
        assert numbers(await take(stream, 10)) == list(range(2, 12))


async def test_a_client_that_missed_removed_events_gets_a_snapshot(gateway: Any) -> None:
    tenant, video = await gateway.video()
    await tell(gateway, tenant, 3)
    await gateway.sql("delete from captionacc.events where tenant_id = $1 and number < 3", tenant)
    async with opened(gateway, tenant, "1") as stream:
        [snapshot] = await take(stream, 1)
    assert snapshot["event"] == "snapshot"
    assert [row["id"] for row in json.loads(snapshot["data"])["videos"]] == [str(video)]
    async with opened(gateway, tenant, "2") as stream:
        assert numbers(await take(stream, 2)) == [3, 4]


@pytest.mark.parametrize("last", ["999999", "x", "-1", "1.0"])
async def test_an_unknown_event_number_gets_a_snapshot(gateway: Any, last: str) -> None:
    tenant, _ = await gateway.video()
    async with opened(gateway, tenant, last) as stream:
        [message] = await take(stream, 1)
    assert message["event"] == "snapshot"
    assert message["id"] == "1"


async def test_tenants_get_only_their_own_events(gateway: Any) -> None:
    mine, _ = await gateway.video()
    theirs, _ = await gateway.video()
    async with opened(gateway, mine) as stream:
        await take(stream, 1)
        await tell(gateway, theirs, 3)
        await tell(gateway, mine)
        [message] = await take(stream, 1)
    assert json.loads(message["data"])["tenant_id"] == str(mine)
    assert message["id"] == "2"


async def test_the_poll_finds_events_whose_notification_was_lost(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "POLL_S", 0.1)
    tenant, _ = await gateway.video()
    async with opened(gateway, tenant) as stream:
        await take(stream, 1)
        await gateway.sql(
            """
            with counter as (
                update captionacc.event_counters set last_number = last_number + 1
                where tenant_id = $1 returning last_number
            )
            insert into captionacc.events (tenant_id, number, kind, data, created_at)
            select $1, last_number, 'captions.changed', '{}', now() from counter
            """,
            tenant,
        )
        [message] = await take(stream, 1)
    assert message["id"] == "2"


async def test_a_quiet_stream_sends_heartbeats(
    gateway: Any, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "HEARTBEAT_S", 0.2)
    monkeypatch.setattr(poll, "POLL_S", 0.1)
    async with gateway.client.stream(
        "GET", "/events", headers=gateway.user(tenant), timeout=20
    ) as answer:
        async for line in answer.aiter_lines():
            if line.startswith(":"):
                break


async def test_quiet_streams_share_one_query(
    start_gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "POLL_S", 0.05)
    reads: list[str] = []

    def counted(name: str) -> None:
        read = getattr(Events, name)

        async def counting(self: Events, *arguments: Any) -> Any:
            reads.append(name)
            return await read(self, *arguments)

        monkeypatch.setattr(Events, name, counting)

    counted("latest_number")
    counted("latest_numbers")
    gateway = await start_gateway()
    async with AsyncExitStack() as stack:
        tenants = [(await gateway.video())[0] for _ in range(3)]
        streams = [
            await stack.enter_async_context(opened(gateway, tenant)) for tenant in tenants * 5
        ]
        for stream in streams:
            await take(stream, 1)
        # The first poll after a tenant's first stream wakes its streams once more.
        await eventually(lambda: reads[-5:] == ["latest_numbers"] * 5, what="only polls")
        reads.clear()
        await eventually(lambda: len(reads) >= 10, what="ten polls")
        assert set(reads) == {"latest_numbers"}
        await tell(gateway, tenants[0])
        assert numbers(await take(streams[0], 1)) == [2]


async def test_all_streams_together_are_limited(start_gateway: Any) -> None:
    gateway = await start_gateway(event_stream_limit=2)
    tenants = [(await gateway.video())[0] for _ in range(3)]
    async with opened(gateway, tenants[0]) as one, opened(gateway, tenants[1]) as two:
        await take(one, 1)
        await take(two, 1)
        refused = await gateway.client.get("/events", headers=gateway.user(tenants[2]))
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert (await gateway.client.get("/health/live")).status_code == 200


async def test_a_stream_ends_when_its_token_does(gateway: Any, tenant: UUID) -> None:
    async with opened(gateway, tenant, exp=int(time.time()) - 25) as stream:
        # Within the leeway for clocks a token still opens a stream, but one that ends at once.
        async with asyncio.timeout(10):
            assert [message async for message in stream] == []


async def test_a_browsers_event_source_sends_its_token_in_the_query(gateway: Any) -> None:
    tenant, _ = await gateway.video()
    query = {"access_token": gateway.token(tenant)}
    async with gateway.client.stream("GET", "/events", params=query, timeout=20) as answer:
        assert answer.status_code == 200
        [message] = await take(messages(answer), 1)
    assert message["event"] == "snapshot"
    refused = await gateway.client.get("/videos", params=query)
    assert refused.status_code == 401


async def test_streams_of_a_tenant_are_limited(
    gateway: Any, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakes, "STREAMS_PER_TENANT", 1)
    async with opened(gateway, tenant) as stream:
        await take(stream, 1)
        refused = await gateway.client.get("/events", headers=gateway.user(tenant))
        assert refused.status_code == 429
        assert refused.headers["retry-after"]


async def test_a_stream_survives_lost_database_connections(start_gateway: Any) -> None:
    gateway = await start_gateway()
    tenant, _ = await gateway.video()
    async with opened(gateway, tenant) as stream:
        await take(stream, 1)
        await gateway.sql(
            """select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and application_name like 'captionacc-%'"""
        )
        await tell(gateway, tenant, 2)
        assert numbers(await take(stream, 2)) == [2, 3]


async def test_a_burst_of_streams_stays_within_the_limit(
    gateway: Any, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakes, "STREAMS_PER_TENANT", 3)
    headers = gateway.user(tenant)

    async def status() -> int:
        async with gateway.client.stream("GET", "/events", headers=headers) as answer:
            if answer.status_code == 200:
                await anext(answer.aiter_lines())
                await all_tried.wait()
            return int(answer.status_code)

    all_tried = asyncio.Event()
    tries = [asyncio.create_task(status()) for _ in range(12)]
    async with asyncio.timeout(15):
        while sum(task.done() for task in tries) < 9:
            await asyncio.wait(
                [task for task in tries if not task.done()], return_when=asyncio.FIRST_COMPLETED
            )
    all_tried.set()
    assert sorted(await asyncio.gather(*tries)) == [200] * 3 + [429] * 9

    async def room() -> bool:
        answer = await gateway.client.get("/events", headers=gateway.user(tenant, exp=1))
        assert answer.status_code == 401
        async with gateway.client.stream("GET", "/events", headers=headers) as again:
            return bool(again.status_code == 200)

    assert await eventually(room, 10, what="room for another stream")


async def test_an_unread_stream_releases_its_slot() -> None:
    nothing: Any = None
    feed = event_feed.EventFeed(nothing, wakes.Wakes(), nothing)
    tenant = UUID(int=1)
    for _ in range(wakes.STREAMS_PER_TENANT + 10):
        await feed.open(tenant, None, 0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_an_event_that_cannot_be_read_does_not_end_the_stream(
    start_gateway: Any,
) -> None:
    gateway = await start_gateway()
    tenant, _ = await gateway.video()
    await tell(gateway, tenant, 3)
    await gateway.sql("alter table captionacc.events drop constraint if exists events_kind_check")
    await gateway.sql(
        "update captionacc.events set kind = 'later.kind' where tenant_id = $1 and number = 2",
        tenant,
    )
    async with opened(gateway, tenant, "0") as stream:
        assert numbers(await take(stream, 2)) == [1, 3]
        await tell(gateway, tenant)
        assert numbers(await take(stream, 1)) == [4]


async def test_a_stream_is_measured_until_its_start(gateway: Any, tenant: UUID) -> None:
    def measured(metrics: str) -> float:
        return sum(
            float(line.rpartition(" ")[2])
            for line in metrics.splitlines()
            if line.startswith("captionacc_gateway_request_seconds_count")
            and 'route="/events"' in line
            and 'status="200"' in line
        )

    before = measured((await gateway.client.get("/metrics")).text)
    async with opened(gateway, tenant) as stream:
        await take(stream, 1)
        open_already = measured((await gateway.client.get("/metrics")).text)
    assert open_already == before + 1

    async def closed() -> bool:
        text = (await gateway.client.get("/metrics")).text
        return "captionacc_gateway_event_streams 0.0" in text

    await eventually(closed, 10, what="the end of the stream")
    assert measured((await gateway.client.get("/metrics")).text) == before + 1

"""Events are numbered without holes, in the order in which they become visible."""

import asyncio
import random
import uuid
from typing import TYPE_CHECKING

import asyncpg
import pytest
from captionacc_contracts.events import EventKind
from captionacc_contracts.notifications import EVENTS_CHANNEL, JOBS_CHANNEL
from captionacc_contracts.work.compute import Progress
from captionacc_supabase.connection.listener import listen
from captionacc_testkit.waiting import eventually

if TYPE_CHECKING:
    from conftest import Scene


async def test_numbers_follow_the_order_of_commit_under_concurrency(scene: "Scene") -> None:
    others = uuid.uuid4()
    videos = [await scene.video() for _ in range(4)] + [await scene.video(others)]
    stop = asyncio.Event()
    seen: list[int] = []

    async def follow() -> None:
        while not stop.is_set() or seen[-1:] != [await latest()]:
            async with scene.database.transaction() as session:
                events = await session.events.after(scene.tenant_id, seen[-1] if seen else 0)
            seen.extend(event.number for event in events)

    async def latest() -> int:
        async with scene.database.transaction() as session:
            return await session.events.latest_number(scene.tenant_id)

    async def write(number: int) -> None:
        chance = random.Random(number)
        for _ in range(15):
            try:
                async with scene.database.transaction() as session:
                    for tenant, video in chance.sample(
                        [(scene.tenant_id, video) for video in videos[:4]] + [(others, videos[4])],
                        3,
                    ):
                        session.announcements.event(
                            tenant, EventKind.VIDEO_PROGRESS, {"n": number}, video_id=video
                        )
                    if chance.random() < 0.3:
                        await session.announcements.flush()
                        raise RuntimeError
            except RuntimeError:
                pass

    follower = asyncio.create_task(follow())
    await asyncio.gather(*map(write, range(8)))
    stop.set()
    await asyncio.wait_for(follower, 30)
    # A follower that reads on from the last number it saw has missed nothing.
    assert seen == list(range(1, await latest() + 1))
    assert len(seen) > 100


async def test_progress_is_shown_on_the_video_and_as_an_event(scene: "Scene") -> None:
    video_id = await scene.video()
    lease = await scene.claim(await scene.initial(video_id))
    progress = Progress(stage="ocr", done=3, total=10)
    async with scene.database.transaction() as session:
        await session.videos.set_progress(lease, video_id, progress)
    assert (await scene.read(video_id)).progress == progress
    async with scene.database.transaction() as session:
        *_, last = await session.events.after(scene.tenant_id, 0)
        assert await session.events.after(scene.tenant_id, last.number) == []
    assert (last.kind, last.job_id) == (EventKind.VIDEO_PROGRESS, lease.job_id)
    assert last.data == {"stage": "ocr", "done": 3, "total": 10}


async def test_changes_wake_listeners_after_commit(scene: "Scene") -> None:
    woken: list[tuple[str, str]] = []
    async with listen(scene.dsn, [EVENTS_CHANNEL, JOBS_CHANNEL], lambda *wake: woken.append(wake)):
        await eventually(lambda: len(woken) == 2, what="both channels are listened to")
        job = await scene.initial(await scene.video())
        await eventually(lambda: (JOBS_CHANNEL, f"queued:{job.id}") in woken)
        await eventually(lambda: (EVENTS_CHANNEL, str(scene.tenant_id)) in woken)
        await scene.claim(job)
        async with scene.database.transaction() as session:
            await session.jobs.request_cancel(job.id)
        await eventually(lambda: (JOBS_CHANNEL, f"cancel:{job.id}") in woken)


async def test_a_listener_that_lost_its_connection_reconnects_and_wakes(scene: "Scene") -> None:
    woken: list[str] = []
    async with listen(
        scene.dsn,
        [JOBS_CHANNEL],
        lambda _channel, payload: woken.append(payload),
        application_name="cut me",
    ):
        await eventually(lambda: woken == [""])
        async with scene.database.transaction() as session:
            await session.statements.run(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'cut me'"
            )
        await eventually(lambda: woken == ["", ""], what="the listener is back")
        job = await scene.initial(await scene.video())
        await eventually(lambda: f"queued:{job.id}" in woken)


async def test_a_listener_starts_while_postgres_is_away() -> None:
    async with listen("postgresql://nobody@127.0.0.1:1/none", [JOBS_CHANNEL], lambda *_: None):
        pass


async def test_a_malformed_address_is_an_error_at_once() -> None:
    with pytest.raises(asyncpg.ClientConfigurationError):
        async with listen("mysql://localhost/x", [JOBS_CHANNEL], lambda *_: None):
            pass


async def test_an_event_of_a_later_version_is_skipped(scene: "Scene") -> None:
    await scene.video()
    async with scene.database.transaction() as session:
        before = await session.events.latest_number(scene.tenant_id)
        for caption in range(3):
            session.announcements.event(
                scene.tenant_id, EventKind.CAPTIONS_CHANGED, {"caption_ids": [caption]}
            )
    async with scene.database.transaction() as session:
        first, second, third = await session.events.after(scene.tenant_id, before)
        await session.statements.run(
            "alter table captionacc.events drop constraint if exists events_kind_check"
        )
        await session.statements.run(
            "update captionacc.events set kind = 'later.kind' where number > $1", first.number
        )
        page = await session.events.page(scene.tenant_id, before, 2)
        assert [event.number for event in page.events] == [first.number]
        assert (page.last_number, page.full) == (second.number, True)
        rest = await session.events.page(scene.tenant_id, second.number, 2)
        assert (rest.events, rest.last_number, rest.full) == ([], third.number, False)

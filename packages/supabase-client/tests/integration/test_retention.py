"""Retention removes what is old and of no further use, and nothing that a person wrote."""

from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from captionacc_contracts.web.together import PersonView
from captionacc_supabase.session import Session
from captionacc_supabase.upkeep.retention import FIRST_JOB

if TYPE_CHECKING:
    from conftest import Scene

DAYS = 10.0
VERSION = """
insert into captionacc.caption_versions (video_id, number, tenant_id, made_at, made_by, reason,
    cropped_frames_version, frame_count, tracks, captions, caption_count, confirmed_count,
    edited_count)
select id, $2, tenant_id, now() - make_interval(days => $3), $4, 'crop', 1, 30, '[]', '[]', 2, $5,
    $6
from captionacc.videos where id = $1
"""


async def age(session: Session, table: str, column: str, days: int) -> None:
    await session.statements.run(
        f"update captionacc.{table} set {column} = {column} - make_interval(days => {days})"
    )


async def all_jobs_removed(scene: "Scene", limit: int) -> int:
    """Go through all jobs in batches; return how many went."""
    place, total = FIRST_JOB, 0
    for _ in range(100):
        async with scene.database.transaction() as session:
            found, removed = await session.retention.remove_jobs(place, DAYS, limit)
        total += removed
        if found is None:
            return total
        place = found
    raise AssertionError("The batches do not end.")


async def test_old_jobs_go_but_the_latest_and_those_of_versions_stay(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    for _ in range(3):
        job = await scene.crop(video_id)
        if job.state == "queued":
            break
        async with scene.database.transaction() as session:
            await session.statements.run(
                """
                insert into captionacc.jobs (kind, video_id, tenant_id, input_digest, parameters,
                    tier, static_score, priority, state, requested_at, ended_at)
                select kind, video_id, tenant_id, 'other', parameters, tier, 50, 50, 'error',
                    requested_at + interval '1 second', now()
                from captionacc.jobs where id = $1
                """,
                job.id,
            )
    async with scene.database.transaction() as session:
        before = Counter(job.kind for job in await session.jobs.for_video(video_id))
    assert before == {"video_initial_processing": 1, "crop_and_infer": 4}
    assert await all_jobs_removed(scene, 2) == 0
    async with scene.database.transaction() as session:
        await age(session, "jobs", "ended_at", 20)
    # Of the failed ones, the latest stays.
    assert await all_jobs_removed(scene, 2) == 2
    async with scene.database.transaction() as session:
        left = await session.jobs.for_video(video_id)
        assert Counter(job.kind for job in left) == {
            "video_initial_processing": 1,
            "crop_and_infer": 2,
        }
        assert len(await session.captions.for_video(video_id)) == 3
        assert await session.usage.for_video(video_id)
        assert await session.versions.for_video(video_id)
        # A video still goes with all its rows.
        assert await session.deletions.delete(video_id, scene.tenant_id)
    async with scene.database.transaction() as session:
        assert await session.jobs.for_video(video_id) == []


async def test_usage_is_added_up_before_it_goes(scene: "Scene") -> None:
    videos = [await scene.active_video() for _ in range(3)]
    async with scene.database.transaction() as session:
        usd = sum([(await session.usage.for_video(video))[0].estimated_usd for video in videos])
        assert await session.retention.remove_usage(DAYS, 2) == 0
        await age(session, "usage_metrics", "created_at", 20)
    removed = []
    for _ in range(3):
        async with scene.database.transaction() as session:
            removed.append(await session.retention.remove_usage(DAYS, 2))
    assert removed == [2, 1, 0]
    async with scene.database.transaction() as session:
        [row] = await session.statements.records("select * from captionacc.usage_days")
    assert (row["tenant_id"], row["calls"], row["ocr_units"]) == (scene.tenant_id, 3, 9)
    assert abs(row["usd"] - usd) < 1e-9
    assert abs(row["compute_seconds"] - 3 * 3.5) < 1e-9


async def test_old_events_go_and_numbers_go_on(scene: "Scene") -> None:
    await scene.active_video()
    async with scene.database.transaction() as session:
        latest = await session.events.latest_number(scene.tenant_id)
        await age(session, "events", "created_at", 20)
    async with scene.database.transaction() as session:
        assert await session.retention.remove_events(DAYS, 2) == 2
    async with scene.database.transaction() as session:
        page = await session.events.page(scene.tenant_id, 0, 10)
        assert [event.number for event in page.events] == list(range(3, latest + 1))
        assert page.missing
        assert not (await session.events.page(scene.tenant_id, 2, 10)).missing
    await scene.video()
    async with scene.database.transaction() as session:
        assert await session.events.latest_number(scene.tenant_id) == latest + 1


async def test_versions_with_anything_of_a_person_stay(scene: "Scene") -> None:
    video_id = await scene.active_video()

    async def version(
        number: int, days: int, made_by: str | None = None, confirmed: int = 0, edited: int = 0
    ) -> None:
        async with scene.database.transaction() as session:
            await session.statements.run(
                VERSION, video_id, number, days, made_by, confirmed, edited
            )

    await version(1, 30)
    await version(2, 30, made_by="someone")
    await version(3, 30, confirmed=1)
    await version(4, 30, edited=1)
    await version(5, 30)
    await version(6, 5)
    await version(7, 30)
    await version(8, 30)
    async with scene.database.transaction() as session:
        assert await session.retention.remove_caption_versions(DAYS, 2, 100) == 2
        assert await numbers(session, video_id) == [2, 3, 4, 6, 7, 8]


async def test_names_of_people_go_when_they_did_nothing_for_long(scene: "Scene") -> None:
    tenant_id = scene.tenant_id
    people = [PersonView(id=uuid4(), name=f"Person {n}", email=None) for n in range(4)]
    async with scene.database.transaction() as session:
        await session.statements.run("delete from captionacc.people")
        for person in people:
            await session.people.note(tenant_id, person)
        assert await session.retention.remove_people(DAYS, 2) == 0
        await age(session, "people", "noted_at", 20)
        # Doing something keeps the name.
        await session.people.note(tenant_id, people[0])
    removed = []
    for _ in range(3):
        async with scene.database.transaction() as session:
            removed.append(await session.retention.remove_people(DAYS, 2))
    assert removed == [2, 1, 0]
    async with scene.database.transaction() as session:
        assert await session.people.of_tenant(tenant_id, 10) == [people[0]]


async def numbers(session: Session, video_id: UUID) -> list[int]:
    page = await session.caption_versions.page(video_id, None, 100)
    return sorted(summary.number for summary in page)

"""Every limit at its exact number, with parallel requests of two processes' pools."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Coroutine
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import pytest
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.limits import LimitName, LimitReachedError, Limits
from captionacc_contracts.work.compute import ExtractResult
from captionacc_contracts.work.forecast import VideoFacts, forecast
from captionacc_contracts.work.jobs import CropAndInfer, InitialProcessing
from captionacc_supabase import publication
from captionacc_supabase.database import Database

if TYPE_CHECKING:
    from conftest import Scene

INSERT = (
    "insert into captionacc.videos (id, tenant_id, display_name, size_bytes) values ($1,$2,'a',$3)"
)


@pytest.fixture
async def other(database_dsn: str) -> AsyncIterator[Database]:
    """The pool of a second gateway."""
    opened = await Database.connect(database_dsn, application_name="other", max_size=10)
    yield opened
    await opened.close()


async def limit(scene: "Scene", **limits: float) -> None:
    async with scene.database.transaction() as session:
        await session.statements.run(
            "insert into captionacc.tenants (id) values ($1) on conflict do nothing",
            scene.tenant_id,
        )
        await session.limits.override(scene.tenant_id, Limits(**limits))


async def enqueue(database: Database, scene: "Scene", video_id: UUID, parameters: Any) -> None:
    async with database.transaction() as session:
        await session.jobs.enqueue(scene.new_job(video_id, parameters))


def initial(video_id: UUID) -> InitialProcessing:
    return InitialProcessing(video_key=f"{video_id}.mp4")


def region(number: int) -> CropRegion:
    return CropRegion(crop_left=0.1, crop_top=0.5 + number / 100, crop_right=0.9, crop_bottom=0.95)


async def passed(attempts: list[Coroutine[Any, Any, None]], name: LimitName) -> int:
    """How many of the parallel attempts passed; all others must be refused by this limit."""
    results = await asyncio.gather(*attempts, return_exceptions=True)
    refusals = [error for error in results if isinstance(error, BaseException)]
    for error in refusals:
        assert isinstance(error, LimitReachedError), error
        assert error.reached.name is name
        assert error.reached.used + error.reached.reserved + error.reached.asked > (
            error.reached.allowed
        )
    return len(results) - len(refusals)


async def used(scene: "Scene", name: LimitName) -> tuple[float, float]:
    async with scene.database.transaction() as session:
        [found] = [
            one for one in await session.limits.standing(scene.tenant_id) if one.name is name
        ]
    return found.used, found.reserved


async def test_a_tenant_without_limits_has_none(scene: "Scene") -> None:
    await scene.video()
    async with scene.database.transaction() as session:
        standing = await session.limits.standing(scene.tenant_id)
    assert [one.name for one in standing] == list(LimitName)
    assert {one.allowed for one in standing} == {None}


async def test_jobs_waiting_stop_at_their_number(scene: "Scene", other: Database) -> None:
    await limit(scene, jobs_waiting=3)
    videos = [await scene.video() for _ in range(10)]
    pools = [scene.database, other] * 5
    attempts = [
        enqueue(pool, scene, video_id, initial(video_id))
        for pool, video_id in zip(pools, videos, strict=True)
    ]
    assert await passed(attempts, LimitName.JOBS_WAITING) == 3
    assert await used(scene, LimitName.JOBS_WAITING) == (3, 0)


async def test_crop_changes_stop_at_their_number(scene: "Scene", other: Database) -> None:
    video_id = await scene.active_video()
    await limit(scene, crop_changes_per_hour=4)
    attempts = [
        enqueue(pool, scene, video_id, CropAndInfer(video_key="k", crop_region=region(number)))
        for number, pool in enumerate([scene.database, other] * 5)
    ]
    assert await passed(attempts, LimitName.CROP_CHANGES_PER_HOUR) == 4
    # The refused regions cancelled nothing: the last accepted job still waits.
    async with scene.database.transaction() as session:
        jobs = await session.jobs.for_video(video_id)
    assert [job.state.value for job in jobs[1:]].count("queued") == 1


async def test_minutes_are_reserved_before_they_are_used(scene: "Scene", other: Database) -> None:
    videos = [await scene.video() for _ in range(6)]
    async with scene.database.transaction() as session:
        # 60 MB are forecast as 240 s.
        await session.statements.run("update captionacc.videos set size_bytes = 60000000")
    await limit(scene, minutes_per_month=10)
    attempts = [
        enqueue(pool, scene, video_id, initial(video_id))
        for pool, video_id in zip([scene.database, other] * 3, videos, strict=True)
    ]
    assert await passed(attempts, LimitName.MINUTES_PER_MONTH) == 2
    assert await used(scene, LimitName.MINUTES_PER_MONTH) == (0, 8)


async def test_spend_is_reserved_and_settled(scene: "Scene", extract_result: ExtractResult) -> None:
    video_id = await scene.video()
    lease = await scene.claim(await scene.initial(video_id))
    spent, reserved = await used(scene, LimitName.USD_PER_MONTH)
    assert (spent, reserved > 0) == (0, True)
    async with scene.database.transaction() as session:
        await publication.publish_extract(session, lease, extract_result)
        [usage] = await session.usage.for_video(video_id)
    assert await used(scene, LimitName.USD_PER_MONTH) == (usage.estimated_usd, 0)
    minutes, _ = await used(scene, LimitName.MINUTES_PER_MONTH)
    assert minutes == pytest.approx(extract_result.duration_seconds / 60)


async def test_a_forecast_uses_what_earlier_calls_cost(
    scene: "Scene", extract_result: ExtractResult
) -> None:
    await scene.active_video()
    spent, _ = await used(scene, LimitName.USD_PER_MONTH)
    later = await scene.video()
    async with scene.database.transaction() as session:
        await session.statements.run(
            """
            update captionacc.videos set duration_seconds = $2, width = $3, height = $4
            where id = $1
            """,
            later,
            extract_result.duration_seconds,
            extract_result.width,
            extract_result.height,
        )
    await scene.initial(later)
    _, reserved = await used(scene, LimitName.USD_PER_MONTH)
    assert reserved == pytest.approx(spent)
    async with scene.database.transaction() as session:
        facts = VideoFacts(
            duration_seconds=extract_result.duration_seconds,
            width=extract_result.width,
            height=extract_result.height,
        )
        whole = await session.forecasts.of_whole_job(facts)
    assert whole.usd > spent


async def test_spend_stops_before_it_passes_the_limit(scene: "Scene", other: Database) -> None:
    videos = [await scene.video() for _ in range(8)]
    async with scene.database.transaction() as session:
        await session.statements.run("update captionacc.videos set duration_seconds = 1000")
    expected = forecast(initial(videos[0]), VideoFacts(duration_seconds=1000)).usd
    await limit(scene, usd_per_month=expected * 3.5)
    attempts = [
        enqueue(pool, scene, video_id, initial(video_id))
        for pool, video_id in zip([scene.database, other] * 4, videos, strict=True)
    ]
    assert await passed(attempts, LimitName.USD_PER_MONTH) == 3


@pytest.mark.parametrize("end", ["cancel", "fail", "delete"])
async def test_the_end_of_a_job_frees_what_it_did_not_use(scene: "Scene", end: str) -> None:
    video_id = await scene.video()
    job = await scene.initial(video_id)
    assert (await used(scene, LimitName.USD_PER_MONTH))[1] > 0
    async with scene.database.transaction() as session:
        if end == "cancel":
            await session.jobs.request_cancel(job.id)
        elif end == "delete":
            await session.statements.run("delete from captionacc.videos where id = $1", video_id)
    if end == "fail":
        await scene.expire(await scene.claim(job))
        async with scene.database.transaction() as session:
            assert await session.jobs.reclaim_expired(max_attempts=1)
    assert await used(scene, LimitName.USD_PER_MONTH) == (0, 0)
    assert await used(scene, LimitName.MINUTES_PER_MONTH) == (0, 0)


async def test_reservations_of_ended_jobs_are_released_if_the_trigger_was_off(
    scene: "Scene",
) -> None:
    job = await scene.initial(await scene.video())
    async with scene.database.transaction() as session:
        await session.statements.run("set local session_replication_role = replica")
        await session.statements.run(
            "update captionacc.jobs set state = 'cancelled', ended_at = now() where id = $1", job.id
        )
    async with scene.database.transaction() as session:
        assert await session.limits.release_ended() == 1
        assert await session.limits.release_ended() == 0


async def test_a_deleted_video_gives_no_use_back(scene: "Scene") -> None:
    await scene.active_video()
    before = [await used(scene, name) for name in LimitName if name is not LimitName.STORED_BYTES]
    assert (await used(scene, LimitName.STORED_BYTES))[0] == 1234
    async with scene.database.transaction() as session:
        await session.statements.run("delete from captionacc.videos")
    assert [
        await used(scene, name) for name in LimitName if name is not LimitName.STORED_BYTES
    ] == before
    assert (await used(scene, LimitName.STORED_BYTES))[0] == 0


async def as_user(
    dsn: str, tenant_id: UUID, statement: str, *arguments: object, role: str | None = None
) -> str:
    """Run a statement as the web app does; return its tag."""
    metadata = {"tenant_id": str(tenant_id)} | ({} if role is None else {"role": role})
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("set local role authenticated")
            await connection.execute(
                "select set_config('request.jwt.claims', $1, true)",
                json.dumps({"app_metadata": metadata}),
            )
            return await connection.execute(statement, *arguments)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("limits", "size_bytes", "places", "state"),
    [({"videos_per_day": 4}, 1, 4, "PT429"), ({"stored_bytes": 1000}, 300, 3, "PT402")],
)
async def test_videos_over_sql_stop_at_the_number(
    scene: "Scene", limits: dict[str, float], size_bytes: int, places: int, state: str
) -> None:
    await limit(scene, **limits)
    results = await asyncio.gather(
        *(
            as_user(scene.dsn, scene.tenant_id, INSERT, uuid.uuid4(), scene.tenant_id, size_bytes)
            for _ in range(10)
        ),
        return_exceptions=True,
    )
    refusals = [error for error in results if isinstance(error, asyncpg.PostgresError)]
    assert len(results) - len(refusals) == places
    assert {error.sqlstate for error in refusals} == {state}
    [name] = limits
    assert all(f"The limit {name} is {limits[name]:.0f}" in str(error) for error in refusals)
    assert not refusals[0].as_dict().get("hint")


async def test_one_statement_cannot_insert_past_the_limit(scene: "Scene") -> None:
    await limit(scene, videos_per_day=4)
    many = (
        "insert into captionacc.videos (tenant_id, display_name) "
        "select $1, 'a' from generate_series(1, $2::integer)"
    )
    with pytest.raises(asyncpg.PostgresError, match="videos_per_day is 4"):
        await as_user(scene.dsn, scene.tenant_id, many, scene.tenant_id, 5)
    assert await as_user(scene.dsn, scene.tenant_id, many, scene.tenant_id, 4) == "INSERT 0 4"


async def test_a_limit_of_one_tenant_binds_no_other(scene: "Scene") -> None:
    await limit(scene, videos_per_day=0)
    with pytest.raises(LimitReachedError):
        await scene.video()
    await scene.video(uuid.uuid4())


async def test_a_viewer_changes_nothing_over_sql(scene: "Scene") -> None:
    await scene.captioned_video()
    new = (uuid.uuid4(), scene.tenant_id, 1)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_user(scene.dsn, scene.tenant_id, INSERT, *new, role="viewer")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_user(scene.dsn, scene.tenant_id, INSERT, *new, role="Admin")
    edit = "update captionacc.captions set text = 'mine'"
    assert await as_user(scene.dsn, scene.tenant_id, edit, role="viewer") == "UPDATE 0"
    assert await as_user(scene.dsn, scene.tenant_id, INSERT, *new, role="admin") == "INSERT 0 1"


async def test_waiting_videos_of_one_tenant_hold_up_no_other(scene: "Scene") -> None:
    await limit(scene, jobs_waiting=0)
    blocked = [await scene.video() for _ in range(5)]
    with pytest.raises(LimitReachedError) as refused:
        await scene.initial(blocked[0])
    async with scene.database.transaction() as session:
        for video_id in [*blocked, *blocked]:
            await session.limits.note_waiting(video_id, refused.value)
    stranger = uuid.uuid4()
    lost = await scene.video(stranger)
    async with scene.database.transaction() as session:
        found = await session.videos.unlaunched(-1, limit=3)
        later = await session.videos.unlaunched(-1, but_not=[video.id for video in found])
        others = await session.videos.unlaunched(-1, of_tenants_other_than=[found[0].tenant_id])
        every = await session.videos.unlaunched(-1)
        events = await session.events.after(scene.tenant_id, 0)
    assert [*found, *later] == every
    assert others == [video for video in every if video.tenant_id != found[0].tenant_id]
    assert [video.id for video in found] == [lost, *blocked[:2]]
    waiting = found[1].waiting
    assert waiting is not None
    assert waiting.message == refused.value.message
    assert [event.kind.value for event in events].count("video.waiting") == 5
    await limit(scene)
    await scene.initial(blocked[0])
    assert (await scene.read(blocked[0])).waiting is None

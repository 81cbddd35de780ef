"""Row level security for the web app: Supabase's role, with the claims of a user's token."""

import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest
from captionacc_contracts.limits import Limits
from captionacc_contracts.web.together import PersonView, ReviewState, Visiting
from captionacc_contracts.work.states import ReplacementReason
from captionacc_supabase.together.reviews import NewStep
from captionacc_supabase.uploads.repository import UploadToInsert

if TYPE_CHECKING:
    from asyncpg import Connection, Record

    from conftest import Scene

# Acts on the database with the claims of a tenant's token, by default in the role of a user.
ActAs = Callable[..., AbstractAsyncContextManager["Connection[Record]"]]
TABLES = [
    "tenants",
    "videos",
    "jobs",
    "cropped_frames_versions",
    "captions",
    "caption_changes",
    "usage_metrics",
    "events",
    "database_locks",
    "caption_versions",
    "uploads",
    "deleted_videos",
    "tenant_limits",
    "tenant_days",
    "reservations",
    "people",
    "visits",
    "reviews",
    "comments",
]


@pytest.fixture
async def as_tenant(database_dsn: str) -> AsyncIterator[ActAs]:
    connection = await asyncpg.connect(database_dsn)

    @asynccontextmanager
    async def acting(
        tenant_id: UUID, role: str = "authenticated"
    ) -> AsyncIterator["Connection[Record]"]:
        claims = {"role": role, "app_metadata": {"tenant_id": str(tenant_id)}}
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(f"set local role {role}")
            await connection.execute(
                "select set_config('request.jwt.claims', $1, true)", json.dumps(claims)
            )
            yield connection
        finally:
            await transaction.rollback()

    yield acting
    await connection.close()


async def begin_upload(scene: "Scene") -> None:
    async with scene.database.transaction() as session:
        await session.uploads.insert(
            UploadToInsert(
                tenant_id=scene.tenant_id,
                video_id=uuid.uuid4(),
                display_name="clip.mp4",
                size_bytes=5,
                language=None,
                sha256=None,
                part_bytes=8,
                storage_key=f"{scene.tenant_id}/client/videos/x/video.mp4",
                store_upload_id="the store's own id",
                created_by=uuid.uuid4(),
            ),
            kept_s=60,
        )


@pytest.fixture
async def two_tenants(scene: "Scene") -> tuple[UUID, UUID]:
    """Two tenants, each with a row in every table and a running job."""
    first, second = scene.tenant_id, uuid.uuid4()
    for tenant_id in (first, second):
        scene.tenant_id = tenant_id
        captioned = await scene.captioned_video()
        await keep_captions(scene, captioned)
        await work_together(scene, captioned)
        await scene.claim(await scene.initial(await scene.video()))
        async with scene.database.transaction() as session:
            await session.statements.run(
                """
                select captionacc.append_caption_change(
                    id, tenant_id, 1, 'update', 'someone', null, '[]', '[]'
                ) from captionacc.videos where tenant_id = $1 and cropped_frames_version = 1
                """,
                tenant_id,
            )
            await session.limits.override(tenant_id, Limits(videos_per_day=100))
        await begin_upload(scene)
        async with scene.database.transaction() as session:
            assert await session.deletions.delete(await scene.video(), tenant_id)
    scene.tenant_id = first
    return first, second


async def work_together(scene: "Scene", video_id: UUID) -> None:
    """Visit, comment on and review a video with captions."""
    video, user_id = await scene.read(video_id), uuid.uuid4()
    async with scene.database.transaction() as session:
        person = PersonView(id=user_id, name="Ann", email="ann@example.org")
        await session.people.note(scene.tenant_id, person)
        await session.visits.renew(
            scene.tenant_id, user_id, uuid.uuid4(), video.id, Visiting(), lasts_s=60
        )
        await session.comments.add(video, None, "Look here.", user_id)
        await session.reviews.add(
            video,
            NewStep(state=ReviewState.REQUESTED, user_id=user_id, comment=None, seen_change=None),
        )


async def keep_captions(scene: "Scene", video_id: UUID) -> None:
    """Keep the captions of the video as a version."""
    video = await scene.read(video_id)
    async with scene.database.transaction() as session:
        captions = await session.caption_versions.lock(video_id)
        await session.caption_versions.save(video, captions, ReplacementReason.RESTORE)


async def test_a_tenant_reads_its_own_rows_of_every_table(
    as_tenant: ActAs, two_tenants: tuple[UUID, UUID]
) -> None:
    for tenant_id in two_tenants:
        async with as_tenant(tenant_id) as connection:
            for table in TABLES:
                column = "id" if table == "tenants" else "tenant_id"
                owners = await connection.fetch(f"select {column} as owner from captionacc.{table}")
                assert {row["owner"] for row in owners} == {tenant_id}, table


async def test_a_stranger_and_a_token_without_tenant_read_nothing(
    as_tenant: ActAs, two_tenants: tuple[UUID, UUID]
) -> None:
    async with as_tenant(uuid.uuid4()) as connection:
        for table in TABLES:
            assert await connection.fetch(f"select 1 from captionacc.{table}") == [], table
    async with as_tenant(two_tenants[0]) as connection:
        await connection.execute("select set_config('request.jwt.claims', '{}', true)")
        for table in TABLES:
            assert await connection.fetch(f"select 1 from captionacc.{table}") == [], table


async def test_the_anonymous_role_is_refused(
    as_tenant: ActAs, two_tenants: tuple[UUID, UUID]
) -> None:
    async with as_tenant(two_tenants[0], role="anon") as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("select 1 from captionacc.videos")


INSERT = (
    "insert into captionacc.videos (id, tenant_id, display_name, size_bytes) values ($1,$2,$3,$4)"
)


async def test_the_web_app_inserts_a_video_of_its_tenant_only(
    as_tenant: ActAs, two_tenants: tuple[UUID, UUID]
) -> None:
    mine, theirs = two_tenants
    async with as_tenant(mine) as connection:
        video_id = uuid.uuid4()
        await connection.execute(INSERT, video_id, mine, "a.mp4", 1)
        status = await connection.fetchval(
            "select status from captionacc.videos where id = $1", video_id
        )
        assert status == "uploaded"
    async with as_tenant(mine) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(INSERT, uuid.uuid4(), theirs, "a.mp4", 1)
    newcomer = uuid.uuid4()
    async with as_tenant(newcomer) as connection:
        await connection.execute(INSERT, uuid.uuid4(), newcomer, "first upload.mp4", 1)
        assert await connection.fetchval("select tier from captionacc.tenants") == "free"


async def test_an_upload_lies_under_its_tenant(
    as_tenant: ActAs, two_tenants: tuple[UUID, UUID]
) -> None:
    mine, theirs = two_tenants
    sql = (
        "insert into captionacc.videos (id, tenant_id, display_name, storage_key)"
        " values ($1, $2, 'a', $3)"
    )
    async with as_tenant(mine) as connection:
        await connection.execute(sql, uuid.uuid4(), mine, f"{mine}/client/videos/x.mp4")
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(sql, uuid.uuid4(), mine, f"{theirs}/client/videos/x.mp4")


async def test_keys_and_texts_have_limits(as_tenant: ActAs, two_tenants: tuple[UUID, UUID]) -> None:
    mine, _ = two_tenants
    longest = f"{mine}/".ljust(1024, "k")
    sql = (
        "insert into captionacc.videos (id, tenant_id, display_name, storage_key)"
        " values ($1, $2, 'a', $3)"
    )
    async with as_tenant(mine) as connection:
        await connection.execute(sql, uuid.uuid4(), mine, longest)
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(sql, uuid.uuid4(), mine, longest + "k")
    for column in ("text", "text_notes"):
        sql = f"update captionacc.captions set {column} = $1 where state <> 'gap'"
        async with as_tenant(mine) as connection:
            await connection.execute(sql, "字" * 20_000)
            with pytest.raises(asyncpg.CheckViolationError):
                await connection.execute(sql, "字" * 20_001)


REFUSED = [
    "update captionacc.videos set status = 'active'",
    "insert into captionacc.videos (id, status) values (gen_random_uuid(), 'active')",
    "delete from captionacc.videos",
    "update captionacc.jobs set priority = 100",
    "delete from captionacc.jobs",
    "update captionacc.tenants set tier = 'enterprise'",
    "insert into captionacc.tenants (id, tier) values (gen_random_uuid(), 'enterprise')",
    "update captionacc.captions set start_frame = 0",
    "update captionacc.captions set track = 2",
    "update captionacc.captions set state = 'confirmed'",
    "update captionacc.captions set edited_by = 'someone else'",
    "update captionacc.captions set version = 1",
    "delete from captionacc.caption_changes",
    "update captionacc.caption_changes set made_by = 'someone else'",
    "select captionacc.append_caption_change(gen_random_uuid(), null, 1, '', '', 1, null, null)",
    "select * from captionacc.caption_change_counters",
    "update captionacc.videos set tracks = '[]'",
    "insert into captionacc.videos (id, notes) values (gen_random_uuid(), '[]')",
    "delete from captionacc.captions",
    "delete from captionacc.events",
    "update captionacc.usage_metrics set estimated_usd = 0",
    "select captionacc.append_event(gen_random_uuid(), null, null, 'video.status', '{}')",
    "insert into captionacc.caption_versions (reason) values ('crop')",
    "update captionacc.caption_versions set captions = '[]'",
    "delete from captionacc.caption_versions",
    "select * from captionacc.caption_snapshots",
    "update captionacc.caption_snapshots set written = 0",
    "select * from captionacc.event_counters",
    "select * from captionacc.schema_migrations",
    "select nextval('captionacc.lease_tokens')",
    "select store_upload_id from captionacc.uploads",
    "update captionacc.uploads set size_bytes = 1",
    "delete from captionacc.uploads",
    "delete from captionacc.deleted_videos",
    "insert into captionacc.videos (id, sha256) values (gen_random_uuid(), repeat('a', 64))",
    "update captionacc.tenant_limits set videos_per_day = 1000",
    "update captionacc.tenant_days set usd = 0",
    "delete from captionacc.reservations",
    "select * from captionacc.tier_limits",
    "select * from captionacc.request_budgets",
    "select * from captionacc.operator_actions",
    "select * from captionacc.sign_in_links",
    "select * from captionacc.limit_standing(gen_random_uuid())",
    "select captionacc.require_within_limits(gen_random_uuid(), '{}', '{}')",
    "select captionacc.add_to_day(gen_random_uuid(), 0, 0, -100)",
    "update captionacc.videos set waiting = null",
    "update captionacc.people set name = 'Somebody Else'",
    "insert into captionacc.visits (working) values (true)",
    "delete from captionacc.visits",
    "insert into captionacc.reviews (state) values ('accepted')",
    "update captionacc.reviews set state = 'accepted'",
    "insert into captionacc.comments (text) values ('forged')",
    "delete from captionacc.comments",
]


async def test_what_the_service_owns_is_refused(
    as_tenant: ActAs, two_tenants: tuple[UUID, UUID]
) -> None:
    for statement in REFUSED:
        async with as_tenant(two_tenants[0]) as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def test_a_person_edits_the_text_of_own_captions_only(
    as_tenant: ActAs, two_tenants: tuple[UUID, UUID]
) -> None:
    async with as_tenant(two_tenants[0]) as connection:
        done = await connection.execute(
            "update captionacc.captions set text = 'mine', text_status = 'valid_caption'"
            " where state <> 'gap'"
        )
        assert done == "UPDATE 2"


async def test_the_service_role_sees_every_tenant(
    as_tenant: ActAs, two_tenants: tuple[UUID, UUID]
) -> None:
    async with as_tenant(uuid.uuid4(), role="service_role") as connection:
        tenants = await connection.fetch("select distinct tenant_id from captionacc.videos")
        assert {row["tenant_id"] for row in tenants} == set(two_tenants)


async def test_repositories_keep_tenants_apart(
    scene: "Scene", two_tenants: tuple[UUID, UUID]
) -> None:
    mine, theirs = two_tenants
    async with scene.database.transaction() as session:
        own = await session.videos.list_for_tenant(mine)
        assert {video.tenant_id for video in own} == {mine}
        assert await session.videos.get_for_tenant(own[0].id, theirs) is None
        assert await session.videos.get_for_tenant(own[0].id, mine) == own[0]
        older = await session.videos.list_for_tenant(mine, limit=5, before=own[0].uploaded_at)
        assert [video.id for video in older] == [own[1].id]
        assert {event.tenant_id for event in await session.events.after(mine, 0)} == {mine}

"""The browser's file of captions follows edits, whoever makes them, and whatever is away."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest_asyncio
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.sqlite_files import captions as captions_file
from captionacc_flow_worker.upkeep.caption_snapshots import follow_edits, write_due
from captionacc_supabase.database import Database
from captionacc_testkit.stored_rows import queue_job
from captionacc_testkit.waiting import eventually
from captionacc_wasabi.store import OCTETS
from captionacc_wasabi.testing import InMemoryObjectStore


class FickleStore(InMemoryObjectStore):
    """A store that can be away, or keep an upload waiting; it counts the writes."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.free = asyncio.Event()
        self.free.set()
        self.writes = 0

    async def put(self, key: str, data: bytes, *, content_type: str = OCTETS) -> None:
        self.writes += 1
        if self.away:
            raise TransientError(ErrorCode.STORE_UNAVAILABLE, "The store is away.")
        await self.free.wait()
        await super().put(key, data, content_type=content_type)


@dataclass
class Place:
    """A video with two captions, and the store that the workers write to."""

    dsn: str
    database: Database
    tenant_id: UUID
    video_id: UUID
    folder: Path
    store: FickleStore = field(default_factory=FickleStore)

    async def type_text(self, text: str) -> None:
        """Edit the first caption by SQL, as a user of the web app does."""
        connection = await asyncpg.connect(self.dsn)
        claims = {
            "role": "authenticated",
            "sub": "a user",
            "app_metadata": {"tenant_id": str(self.tenant_id)},
        }
        async with connection.transaction():
            await connection.execute("set local role authenticated")
            await connection.execute(
                "select set_config('request.jwt.claims', $1, true)", json.dumps(claims)
            )
            done = await connection.execute(
                "update captionacc.captions set text = $1 where start_frame = 0", text
            )
        await connection.close()
        assert done == "UPDATE 1"

    async def stored_text(self) -> str | None:
        """The text of the first caption in the browser's file."""
        key = object_keys.captions_db(TenantId(self.tenant_id), VideoId(self.video_id))
        if await self.store.stat(key) is None:
            return None
        path = self.folder / "captions.db.gz"
        path.write_bytes(await self.store.get(key))
        return captions_file.read(path)[0].text

    async def shows(self, text: str, within_s: float) -> None:
        async def shown() -> bool:
            return await self.stored_text() == text

        await eventually(shown, within_s, what=f"the file shows {text!r}")

    async def make_due(self) -> None:
        async with self.database.transaction() as session:
            await session.statements.run(
                "update captionacc.caption_snapshots set due_at = now() - interval '1 s'"
            )

    async def up_to_date(self) -> bool:
        async with self.database.transaction() as session:
            return bool(
                await session.statements.value(
                    """
                    select written = changes and claim_token is null
                    from captionacc.caption_snapshots
                    """
                )
            )


@asynccontextmanager
async def worker(place: Place) -> AsyncIterator[None]:
    task = asyncio.create_task(follow_edits(place.database, place.store))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest_asyncio.fixture(loop_scope="session")
async def place(database_dsn: str, tmp_path: Path) -> AsyncIterator[Place]:
    database = await Database.connect(database_dsn, application_name="test", max_size=6)
    job = await queue_job(database)
    async with database.transaction() as session:
        await session.statements.run(
            """
            with version as (
                insert into captionacc.cropped_frames_versions
                    (video_id, version, tenant_id, job_id, status, crop_region)
                values ($1, 1, $2, $3, 'active', '{}')
            )
            insert into captionacc.captions (video_id, tenant_id, cropped_frames_version,
                start_frame, end_frame, state, confidence)
            values ($1, $2, 1, 0, 9, 'predicted', 0.9), ($1, $2, 1, 10, 29, 'gap', 0.9)
            """,
            job.video_id,
            job.tenant_id,
            job.id,
        )
    yield Place(database_dsn, database, job.tenant_id, job.video_id, tmp_path)
    await database.close()


async def test_the_file_follows_an_edit_within_seconds(place: Place) -> None:
    async with worker(place):
        await place.type_text("typed")
        await place.shows("typed", within_s=5)
        await place.type_text("typed again")
        await place.shows("typed again", within_s=5)
    assert await place.up_to_date()


async def test_edits_in_quick_succession_make_one_file(place: Place) -> None:
    for number in range(5):
        await place.type_text(f"typed {number}")
    async with worker(place):
        await place.shows("typed 4", within_s=5)
    assert place.store.writes == 1


async def test_several_workers_write_a_file_once(place: Place) -> None:
    await place.type_text("typed")
    await place.make_due()
    await asyncio.gather(*(write_due(place.database, place.store) for _ in range(4)))
    assert await place.stored_text() == "typed"
    assert place.store.writes == 1


async def test_the_file_is_written_when_the_store_is_back(place: Place) -> None:
    place.store.away = True
    await place.type_text("typed")
    await place.make_due()
    await write_due(place.database, place.store)
    assert await place.stored_text() is None
    assert not await place.up_to_date()
    place.store.away = False
    async with worker(place):
        await place.shows("typed", within_s=10)


async def test_an_edit_during_the_upload_is_in_the_next_file(place: Place) -> None:
    await place.type_text("before")
    await place.make_due()
    place.store.free.clear()
    writing = asyncio.create_task(write_due(place.database, place.store))
    await eventually(lambda: place.store.writes == 1, what="the upload has begun")
    # The edit does not wait for the upload, which holds no lock.
    await place.type_text("during")
    place.store.free.set()
    await writing
    assert await place.stored_text() == "before"
    async with worker(place):
        await place.shows("during", within_s=5)


async def test_another_worker_takes_over_from_one_that_died(place: Place) -> None:
    await place.type_text("typed")
    await place.make_due()
    async with place.database.transaction() as session:
        [dead] = await session.caption_snapshots.claim_due(1, 60)
        assert await session.caption_snapshots.claim(place.video_id, 60) is None
        await session.statements.run(
            "update captionacc.caption_snapshots set claimed_until = now() - interval '1 s'"
        )
    await write_due(place.database, place.store)
    assert await place.stored_text() == "typed"
    await place.type_text("later")
    # The claim of the worker that died cannot say that its file is the newest one.
    async with place.database.transaction() as session:
        await session.caption_snapshots.stored(dead, 1000)
    assert not await place.up_to_date()


async def test_a_video_that_is_deleted_during_the_upload_leaves_no_file(place: Place) -> None:
    await place.type_text("typed")
    await place.make_due()
    place.store.free.clear()
    writing = asyncio.create_task(write_due(place.database, place.store))
    await eventually(lambda: place.store.writes == 1, what="the upload has begun")
    async with place.database.transaction() as session:
        await session.statements.run("delete from captionacc.videos where id = $1", place.video_id)
    place.store.free.set()
    await writing
    assert [info.key async for info in place.store.list("")] == []

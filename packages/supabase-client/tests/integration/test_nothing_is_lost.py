"""Random histories of a video: whatever people, jobs and crashes do, no text of a person is lost.

``make test-histories`` runs 2,000 of them; ``HISTORIES`` sets another number.
"""

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from captionacc_contracts.editing.history import EditKind
from captionacc_contracts.editing.operations import Add, Delete, Merge, Operation, Split, Update
from captionacc_contracts.errors import PermanentError
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack, mostly_same
from captionacc_contracts.work.compute import (
    CaptionsOcrResult,
    CropInferResult,
    Measured,
    OcrText,
    TrackExtents,
)
from captionacc_contracts.work.jobs import CaptionsOcr, CropAndInfer, JobParameters
from captionacc_contracts.work.states import TextStatus
from captionacc_supabase import publication, replacing
from captionacc_supabase.connection.statements import decode
from captionacc_supabase.rows import Caption, Lease, Video
from captionacc_supabase.session import Session
from captionacc_testkit.compute_results import inferred
from captionacc_testkit.stored_rows import new_job
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from asyncpg import Connection, Record

    from conftest import Scene

HISTORIES = int(os.environ.get("HISTORIES") or 150)
FRAMES = 30
USER = UUID(int=7)
LOWER = CropRegion(crop_left=0.1, crop_top=0.8, crop_right=0.9, crop_bottom=0.95)
HIGHER = CropRegion(crop_left=0.1, crop_top=0.79, crop_right=0.9, crop_bottom=0.95)
UPPER = CropRegion(crop_left=0.1, crop_top=0.1, crop_right=0.9, crop_bottom=0.2)
BOTH = CropRegion(crop_left=0, crop_top=0, crop_right=1, crop_bottom=1)
PLACES = ([LOWER], [HIGHER], [HIGHER], [UPPER], [BOTH], [LOWER, UPPER], [UPPER, HIGHER])


class CrashError(Exception):
    """The process died at this statement."""


class Breaking:
    """A connection that dies before one of its statements."""

    def __init__(self, connection: "Connection[Record]", dies_at: int | None) -> None:
        self._connection = connection
        self._left = dies_at

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if name not in ("fetch", "fetchrow", "fetchval", "execute"):
            return found
        if self._left == 0:
            raise CrashError
        if self._left is not None:
            self._left -= 1
        return found


class History:
    """One video of thirty frames; every step is a savepoint of one transaction."""

    def __init__(self, connection: "Connection[Record]", video_id: UUID, tenant_id: UUID) -> None:
        self._connection = connection
        self._numbers = count(1)
        self.video_id = video_id
        self.tenant_id = tenant_id
        self.typed: set[str] = set()
        """Texts of people that were committed."""
        self.captions: list[Caption] = []
        """All rows, as they were when the history last looked."""
        self.dies_at: int | None = None
        """Statements that the next step still runs before it crashes."""

    @asynccontextmanager
    async def step(self) -> AsyncIterator[Session]:
        dies_at, self.dies_at = self.dies_at, None
        async with self._connection.transaction():
            session = Session.on(Breaking(self._connection, dies_at))  # type: ignore[arg-type]
            yield session
            await session.announcements.flush()

    def new_text(self) -> str:
        """A text that is no part of another one."""
        return f"<{next(self._numbers)}>"

    async def look(self) -> None:
        """Read the captions again."""
        records = await self._connection.fetch(
            "select * from captionacc.captions where video_id = $1 order by start_frame, track",
            self.video_id,
        )
        self.captions = [decode(record, Caption) for record in records]

    def texts_of_people(self) -> list[str]:
        return [
            row.text
            for row in self.captions
            if row.text and (row.edited_at is not None or row.state == "confirmed")
        ]

    async def latest_version(self) -> str:
        """All that the latest version of the captions holds."""
        found: str | None = await self._connection.fetchval(
            """
            select captions::text from captionacc.caption_versions where video_id = $1
            order by number desc limit 1
            """,
            self.video_id,
        )
        return found or ""

    async def video(self) -> Video:
        async with self.step() as session:
            video = await session.videos.get(self.video_id)
        assert video is not None
        return video

    async def everything(self) -> str:
        """All that a person can still find: the captions, their versions, and the history."""
        found: str | None = await self._connection.fetchval(
            """
            select string_agg(held, ' ') from (
                select to_jsonb(c)::text as held from captionacc.captions c where video_id = $1
                union all
                select captions::text from captionacc.caption_versions where video_id = $1
                union all
                select before::text || after::text from captionacc.caption_changes
                where video_id = $1
            ) as places
            """,
            self.video_id,
        )
        return found or ""

    async def job(self, parameters: JobParameters) -> Lease:
        async with self.step() as session:
            job, _ = await session.jobs.enqueue(new_job(self.tenant_id, self.video_id, parameters))
            claimed = await session.jobs.claim(job.id, "worker", 60)
        assert claimed is not None
        assert claimed.lease is not None
        return claimed.lease

    async def end(self, lease: Lease) -> None:
        """Cancel the job of an attempt that crashed, so that the next job can begin."""
        async with self.step() as session:
            await session.jobs.request_cancel(lease.job_id)
        async with self.step() as session:
            await session.jobs.cancelled(lease)


Act = Callable[[History], Awaitable[None]]
Choose = Callable[[Sequence[Caption], History], tuple[Operation | None, list[str]]]


def edit(choose: Choose, dies_at: int | None) -> Act:
    """An edit through the API."""

    async def act(history: History) -> None:
        operation, texts = choose(history.captions, history)
        if operation is None:
            return
        history.dies_at = dies_at
        async with history.step() as session:
            await session.edits.apply(
                history.video_id, [operation], EditKind(str(operation.__struct_config__.tag)), USER
            )
        history.typed.update(texts)

    return act


def _of_kind(rows: Sequence[Caption], place: int, *, gap: bool = False) -> Caption | None:
    found = [row for row in rows if row.is_gap == gap]
    return found[place % len(found)] if found else None


def update(place: int, fields: dict[str, Any], *, typed: bool) -> Choose:
    def choose(rows: Sequence[Caption], history: History) -> tuple[Operation | None, list[str]]:
        row = _of_kind(rows, place)
        if row is None:
            return None, []
        texts = [history.new_text()] if typed else []
        changes = fields | ({"text": texts[0]} if texts else {})
        return Update(caption=row.id, version=row.version, **changes), texts

    return choose


def split(place: int, at: int) -> Choose:
    def choose(rows: Sequence[Caption], history: History) -> tuple[Operation | None, list[str]]:
        row = _of_kind(rows, place)
        if row is None or row.start_frame == row.end_frame:
            return None, []
        texts = (history.new_text(), history.new_text())
        frame = row.start_frame + 1 + at % (row.end_frame - row.start_frame)
        return Split(caption=row.id, version=row.version, frame=frame, texts=texts), list(texts)

    return choose


def merge(place: int) -> Choose:
    def choose(rows: Sequence[Caption], _: History) -> tuple[Operation | None, list[str]]:
        row = _of_kind(rows, place)
        if row is None:
            return None, []
        return Merge(caption=row.id, version=row.version, others="next"), []

    return choose


def add(place: int) -> Choose:
    def choose(rows: Sequence[Caption], history: History) -> tuple[Operation | None, list[str]]:
        row = _of_kind(rows, place, gap=True)
        if row is None:
            return None, []
        text = history.new_text()
        added = Add(
            track=row.track, start_frame=row.start_frame, end_frame=row.end_frame, text=text
        )
        return added, [text]

    return choose


def delete(place: int) -> Choose:
    def choose(rows: Sequence[Caption], _: History) -> tuple[Operation | None, list[str]]:
        row = _of_kind(rows, place)
        return (None if row is None else Delete(caption=row.id, version=row.version)), []

    return choose


def edit_by_sql(place: int) -> Act:
    """An edit by the role of the web app."""

    async def act(history: History) -> None:
        row = _of_kind(history.captions, place)
        if row is None:
            return
        text = history.new_text()
        claims = {"sub": str(USER), "app_metadata": {"tenant_id": str(history.tenant_id)}}
        async with history.step() as session:
            run = session.statements.run
            await run("select set_config('request.jwt.claims', $1, true)", json.dumps(claims))
            await run("set local role authenticated")
            await run("update captionacc.captions set text = $2 where id = $1", row.id, text)
            await run("reset role")
        history.typed.add(text)

    return act


async def undo(history: History) -> None:
    async with history.step() as session:
        page = await session.edits.history.page(
            history.video_id, limit=1, before=None, caption_id=None
        )
        for change in page:
            await session.edits.undo(history.video_id, change.number, USER)


def crop(
    regions: Sequence[CropRegion], extents: Sequence[list[CaptionExtent]], dies_at: int | None
) -> Act:
    """A new crop region, approved by a person; the captions are found anew."""

    async def act(history: History) -> None:
        before = history.texts_of_people()
        former = (await history.video()).approved_tracks
        tracks = [CropTrack(crop_region=region) for region in regions]
        parameters = CropAndInfer(
            video_key="v", crop_region=regions[0], other_tracks=tracks[1:], anew=True
        )
        lease = await history.job(parameters)
        async with history.step() as session:
            version = await session.versions.allocate(lease, tracks)
        result = _result(version, extents[: len(regions)])
        history.dies_at = dies_at
        try:
            async with history.step() as session:
                await publication.publish_extents(session, lease, result)
        except CrashError:
            await history.end(lease)
            raise
        await history.look()
        latest = await history.latest_version()
        assert all(json.dumps(text) in latest for text in before)
        notes = (await history.video()).notes
        same_place = len(former) == len(regions) == 1 and mostly_same(
            former[0].crop_region, regions[0]
        )
        if same_place or not notes:
            assert not notes
            assert sorted(history.texts_of_people()) == sorted(before)

    return act


def _result(version: int, extents: Sequence[list[CaptionExtent]]) -> CropInferResult:
    first, *others = extents
    made = [
        TrackExtents(
            track=track,
            chunk_count=1,
            total_bytes=1,
            cropped_frames_prefix="prefix/",
            extents_key="extents",
            label_counts={},
            extents=of_track,
        )
        for track, of_track in enumerate(others, 2)
    ]
    return inferred(cropped_frames_version=version, extents=first, other_tracks=made)


def read_again(dies_at: int | None) -> Act:
    """OCR of all captions, which reads another text each time."""

    async def act(history: History) -> None:
        before = history.texts_of_people()
        rows = [row for row in history.captions if not row.is_gap]
        if not rows:
            return
        ids = [row.id for row in rows]
        version = rows[0].cropped_frames_version
        lease = await history.job(
            CaptionsOcr(caption_ids=ids, cropped_frames_version=version, anew=True)
        )
        read = {row.id: OcrText(text=f"read {history.new_text()}", confidence=0.9) for row in rows}
        result = CaptionsOcrResult(
            texts=list(read.values()), measured=Measured(seconds={"ocr": 1.0})
        )
        history.dies_at = dies_at
        try:
            async with history.step() as session:
                await publication.publish_caption_texts(session, lease, read, result)
        except CrashError:
            await history.end(lease)
            raise
        await history.look()
        after = history.texts_of_people()
        # A caption whose time a person moved, and whose text nobody typed, may get a text.
        assert {text for text in before if "read" not in text} <= set(after)

    return act


def restore(back: int, dies_at: int | None) -> Act:
    async def act(history: History) -> None:
        before = history.texts_of_people()
        async with history.step() as session:
            versions = await session.caption_versions.page(history.video_id, None, 100)
        if not versions:
            return
        number = versions[back % len(versions)].number
        history.dies_at = dies_at
        async with history.step() as session:
            await replacing.by_version(session, history.video_id, number, user_id=str(USER))
        latest = await history.latest_version()
        assert all(json.dumps(text) in latest for text in before)

    return act


def assert_tiled(history: History) -> None:
    frames: dict[int, list[int]] = {}
    for row in history.captions:
        frames.setdefault(row.track, []).extend(range(row.start_frame, row.end_frame + 1))
    assert frames
    assert all(of_track == list(range(FRAMES)) for of_track in frames.values())


places = st.integers(0, 20)
# Most steps run to their end. The longest one has some twenty statements.
deaths = st.none() | st.none() | st.none() | st.integers(0, 20)


@st.composite
def some_extents(draw: st.DrawFn) -> list[CaptionExtent]:
    inner = draw(st.sets(st.integers(1, FRAMES - 1), max_size=6))
    return [
        CaptionExtent(
            start_frame=start,
            end_frame=end,
            kind=draw(st.sampled_from(ExtentKind)),
            confidence=0.5,
        )
        for start, end in pairwise(sorted({0, FRAMES, *inner}))
    ]


fields = st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from(["predicted", "confirmed"]),
        "text_status": st.sampled_from(TextStatus),
        "start_frame": st.integers(0, FRAMES - 1),
        "end_frame": st.integers(0, FRAMES - 1),
        "start_seconds": st.integers(0, FRAMES * 100).map(lambda ms: ms / 1000),
    },
)
choices = (
    st.builds(update, places, fields, typed=st.booleans())
    | st.builds(update, places, st.just({"state": "confirmed"}), typed=st.just(True))
    | st.builds(split, places, places)
    | st.builds(merge, places)
    | st.builds(add, places)
    | st.builds(delete, places)
)
acts = (
    st.builds(edit, choices, deaths)
    | st.builds(edit, choices, deaths)
    | st.builds(
        crop,
        st.sampled_from(PLACES),
        st.lists(some_extents(), min_size=2, max_size=2),
        deaths,
    )
    | st.builds(read_again, deaths)
    | st.builds(restore, st.integers(0, 5), deaths)
    | st.builds(edit_by_sql, places)
    | st.just(undo)
)


@pytest.fixture
async def connection(database_dsn: str) -> AsyncIterator["Connection[Record]"]:
    opened = await asyncpg.connect(database_dsn)
    await opened.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
    )
    yield opened
    await opened.close()


@pytest.fixture
async def captioned(scene: "Scene") -> UUID:
    return await scene.captioned_video()


# On a busy machine, a history takes a third of a second.
@pytest.mark.timeout(60 + HISTORIES)
# Each example rolls its transaction back, so examples may share the fixtures.
@settings(
    deadline=None,
    max_examples=HISTORIES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(acts, min_size=3, max_size=12))
async def test_every_text_of_a_person_stays_reachable(
    connection: "Connection[Record]", scene: "Scene", captioned: UUID, history: list[Act]
) -> None:
    transaction = connection.transaction()
    await transaction.start()
    try:
        video = History(connection, captioned, scene.tenant_id)
        await video.look()
        for act in history:
            before = video.captions
            try:
                await act(video)
                await video.look()
            except CrashError:
                # Nothing of the step is there, except that a job may have been cancelled.
                await video.look()
                assert [_kept(row) for row in video.captions] == [_kept(row) for row in before]
            except PermanentError:
                await video.look()
            assert_tiled(video)
            found = await video.everything()
            assert all(text in found for text in video.typed)
    finally:
        await transaction.rollback()


def _kept(row: Caption) -> tuple[object, ...]:
    return row.id, row.start_frame, row.end_frame, row.state, row.text, row.edited_at

"""Edits of captions beside each other, beside OCR, and by the web app's own SQL."""

import asyncio
import json
import random
import uuid
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import pytest
from captionacc_contracts.editing.history import EditKind
from captionacc_contracts.editing.operations import Delete, Merge, Operation, Split, Update
from captionacc_contracts.editing.refusals import CaptionChangedError
from captionacc_contracts.errors import PermanentError
from captionacc_contracts.events import EventKind
from captionacc_contracts.work.compute import CaptionsOcrResult, Measured, OcrText
from captionacc_contracts.work.jobs import CaptionsOcr
from captionacc_supabase import publication
from captionacc_supabase.editing.caption_writes import Edited
from captionacc_supabase.rows import Caption
from captionacc_testkit.waiting import eventually

if TYPE_CHECKING:
    from asyncpg import Connection, Record

    from conftest import Scene

USER = UUID(int=7)


async def edit(
    scene: "Scene",
    video_id: UUID,
    *operations: Operation,
    kind: EditKind = EditKind.EDITS,
    user: UUID = USER,
) -> Edited:
    async with scene.database.transaction() as session:
        return await session.edits.apply(video_id, operations, kind, user)


async def captions(scene: "Scene", video_id: UUID) -> list[Caption]:
    async with scene.database.transaction() as session:
        return await session.captions.for_video(video_id)


async def read(scene: "Scene", video_id: UUID, ids: list[int], text: str) -> None:
    """Publish an OCR result that reads ``text`` in each caption."""
    job, _ = await scene.enqueue(
        video_id, CaptionsOcr(caption_ids=ids, cropped_frames_version=1, anew=True)
    )
    lease = await scene.claim(job)
    texts = {each: OcrText(text=text, confidence=0.9) for each in ids}
    result = CaptionsOcrResult(texts=list(texts.values()), measured=Measured(seconds={"ocr": 1.0}))
    async with scene.database.transaction() as session:
        await publication.publish_caption_texts(session, lease, texts, result)


def require_tiles(rows: list[Caption]) -> None:
    assert (rows[0].start_frame, rows[-1].end_frame) == (0, 29)
    for row, after in pairwise(rows):
        assert row.end_frame + 1 == after.start_frame
        assert not (row.is_gap and after.is_gap)


async def test_two_editors_lose_no_word(scene: "Scene") -> None:
    """Each adds words to the same two captions; who is late loads again and tries again."""
    video_id = await scene.captioned_video()
    met: list[tuple[list[int], int]] = []

    async def write(user: int, word: str) -> None:
        chance = random.Random(word)
        while True:
            rows = [row for row in await captions(scene, video_id) if not row.is_gap]
            row = chance.choice(rows)
            text = f"{row.text or ''} {word}".strip()
            operation = Update(caption=row.id, version=row.version, text=text)
            try:
                await edit(scene, video_id, operation, kind=EditKind.UPDATE, user=UUID(int=user))
            except CaptionChangedError as error:
                met.append(([each.id for each in error.captions], row.id))
            else:
                return

    words = [f"w{number}" for number in range(40)]
    await asyncio.gather(*(write(number % 2, word) for number, word in enumerate(words)))
    rows = await captions(scene, video_id)
    written = [word for row in rows for word in (row.text or "").split()]
    assert sorted(written) == sorted(words)
    assert sum(row.version - 1 for row in rows) == len(words)
    assert met, "the editors met"
    assert all(present == [asked] for present, asked in met)
    async with scene.database.transaction() as session:
        history = await session.edits.history.page(
            video_id, limit=100, before=None, caption_id=None
        )
    assert [change.number for change in history] == list(range(len(words), 0, -1))
    assert {change.made_by for change in history} == {str(UUID(int=0)), str(UUID(int=1))}


async def test_rows_tile_while_editors_split_merge_and_delete_at_once(scene: "Scene") -> None:
    video_id = await scene.captioned_video()

    async def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(12):
            rows = [row for row in await captions(scene, video_id) if not row.is_gap]
            if not rows:
                return
            row = chance.choice(rows)
            named: dict[str, Any] = {"caption": row.id, "version": row.version}
            choices: list[Operation] = [
                Split(**named, frame=chance.randint(row.start_frame, row.end_frame)),
                Split(**named, frame=(row.start_frame + row.end_frame + 1) // 2),
                Merge(**named, others="next"),
                Delete(**named),
                Update(**named, start_frame=max(0, row.start_frame - 1)),
                Update(**named, end_frame=min(29, row.end_frame + 1)),
            ]
            try:
                await edit(scene, video_id, chance.choice(choices))
            except PermanentError:
                continue

    await asyncio.gather(*map(work, range(4)))
    require_tiles(await captions(scene, video_id))
    async with scene.database.transaction() as session:
        history = await session.edits.history.page(
            video_id, limit=100, before=None, caption_id=None
        )
    for change in history:
        async with scene.database.transaction() as session:
            await session.edits.undo(video_id, change.number, USER)
    spans = [(row.start_frame, row.end_frame) for row in await captions(scene, video_id)]
    assert spans == [(0, 9), (10, 14), (15, 29)]


async def test_ocr_replaces_neither_confirmed_nor_typed_texts(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    first, _, second = (row.id for row in await captions(scene, video_id))
    await read(scene, video_id, [first, second], "red")
    await edit(
        scene,
        video_id,
        Update(caption=first, version=4, state="confirmed"),
        Update(caption=second, version=4, text="read"),
    )
    await read(scene, video_id, [first, second], "read")
    # The text that a person typed is now equal to the one from OCR, and is still the person's.
    await read(scene, video_id, [first, second], "bread")
    one, _, two = await captions(scene, video_id)
    assert (one.text, one.caption_ocr) == ("red", "bread")
    assert (two.text, two.caption_ocr) == ("read", "bread")


async def test_parts_of_a_split_caption_are_read_anew(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    first = (await captions(scene, video_id))[0].id
    await read(scene, video_id, [first], "one two")
    await edit(scene, video_id, Split(caption=first, version=4, frame=5))
    one, two, *_ = await captions(scene, video_id)
    assert (one.text, two.text) == ("one two", "one two")
    await read(scene, video_id, [two.id], "two")
    one, two, *_ = await captions(scene, video_id)
    assert (one.text, two.text) == ("one two", "two")
    await read(scene, video_id, [one.id], "one")
    async with scene.database.transaction() as session:
        await session.edits.undo(video_id, 1, USER)
    one, *_ = await captions(scene, video_id)
    assert (one.end_frame, one.text, one.caption_ocr) == (9, "one two", "one two")


ActAs = Callable[[UUID], AbstractAsyncContextManager["Connection[Record]"]]


async def by_web_app(scene: "Scene", sql: str, *arguments: object) -> str:
    """Run SQL as the web app does, in a transaction of its own."""
    connection = await asyncpg.connect(scene.dsn)
    claims = {"sub": "someone", "app_metadata": {"tenant_id": str(scene.tenant_id)}}
    try:
        async with connection.transaction():
            await connection.execute("set local role authenticated")
            await connection.execute(
                "select set_config('request.jwt.claims', $1, true)", json.dumps(claims)
            )
            return str(await connection.execute(sql, *arguments))
    finally:
        await connection.close()


async def test_sql_of_the_web_app_follows_the_same_rules(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    first, gap, second = await captions(scene, video_id)
    async with scene.database.transaction() as session:
        before = await session.events.latest_number(scene.tenant_id)
    sql = "update captionacc.captions set text = 'typed' where video_id = $1 and state <> 'gap'"
    await by_web_app(scene, sql, video_id)
    await by_web_app(scene, sql, video_id)
    one, _, two = await captions(scene, video_id)
    assert (one.text, one.version, one.text_edited, one.edited_by) == ("typed", 2, True, "someone")
    assert one.edited_at is not None
    async with scene.database.transaction() as session:
        [change] = await session.edits.history.page(
            video_id, limit=10, before=None, caption_id=None
        )
        [event] = await session.events.after(scene.tenant_id, before)
    assert (change.kind, change.made_by) == ("update", "someone")
    assert [row.text for row in change.before] == [None, None]
    assert [(row.id, row.version) for row in change.after] == [(first.id, 2), (second.id, 2)]
    assert event.kind is EventKind.CAPTIONS_CHANGED
    assert event.data["caption_ids"] == [first.id, second.id]
    assert (event.data["versions"], event.data["change"]) == ([2, 2], 1)
    with pytest.raises(CaptionChangedError):
        await edit(scene, video_id, Update(caption=first.id, version=1, text="mine"))
    async with scene.database.transaction() as session:
        await session.edits.undo(video_id, 1, USER)
    one, _, two = await captions(scene, video_id)
    assert (one.text, two.text, one.text_edited, one.edited_at) == (None, None, False, None)
    with pytest.raises(asyncpg.PostgresError, match="is a gap") as caught:
        await by_web_app(scene, "update captionacc.captions set text = 'x' where id = $1", gap.id)
    assert caught.value.sqlstate == "PT409"


async def test_sql_of_the_web_app_waits_for_a_job_that_finds_captions(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    async with scene.database.transaction() as session:
        await session.statements.run(
            """
            update captionacc.jobs set state = 'running', ended_at = null, lease_owner = 'w',
                lease_token = 99, lease_expires_at = now() + interval '1 minute'
            where video_id = $1 and kind = 'crop_and_infer'
            """,
            video_id,
        )
    first = (await captions(scene, video_id))[0]
    with pytest.raises(asyncpg.PostgresError, match="locked by job"):
        await by_web_app(scene, "update captionacc.captions set text = 'x' where id = $1", first.id)
    with pytest.raises(PermanentError, match="locked by job"):
        await edit(scene, video_id, Update(caption=first.id, version=1, text="mine"))
    assert (await captions(scene, video_id))[0] == first


async def test_an_edit_waits_for_sql_of_the_web_app_and_sees_it(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    first = (await captions(scene, video_id))[0]
    connection = await asyncpg.connect(scene.dsn)
    try:
        async with connection.transaction():
            await connection.execute(
                "update captionacc.captions set text = 'theirs' where id = $1", first.id
            )
            editing = asyncio.create_task(
                edit(scene, video_id, Update(caption=first.id, version=1, text="mine"))
            )
            await eventually(scene.someone_waits, what="the edit waits for the row")
        with pytest.raises(CaptionChangedError):
            await editing
    finally:
        await connection.close()
    assert (await captions(scene, video_id))[0].text == "theirs"


async def test_captions_that_were_found_anew_are_not_undone(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    first = (await captions(scene, video_id))[0]
    await edit(scene, video_id, Update(caption=first.id, version=1, text="mine"))
    async with scene.database.transaction() as session:
        await session.statements.run(
            "update captionacc.caption_changes set cropped_frames_version = 7 where video_id = $1",
            video_id,
        )
    with pytest.raises(PermanentError, match="found anew after change 1"):
        async with scene.database.transaction() as session:
            await session.edits.undo(video_id, 1, USER)
    with pytest.raises(PermanentError, match=r"no change 2"):
        async with scene.database.transaction() as session:
            await session.edits.undo(video_id, 2, USER)
    with pytest.raises(PermanentError, match="no caption"):
        await edit(scene, video_id, Delete(caption=10**9, version=1))
    with pytest.raises(PermanentError, match="There is no video"):
        await edit(scene, uuid.uuid4(), Delete(caption=first.id, version=1))

"""What people did to captions outlives a new crop region, OCR, and a restore."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import msgspec
import pytest
from captionacc_contracts.editing.history import EditKind
from captionacc_contracts.editing.operations import Delete, Update
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.events import EventKind
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import NoteKind
from captionacc_contracts.work.compute import CaptionsOcrResult, Measured, OcrText
from captionacc_contracts.work.jobs import CaptionsOcr
from captionacc_contracts.work.states import ReplacementReason
from captionacc_supabase import publication, replacing
from captionacc_supabase.rows import Caption
from captionacc_testkit.waiting import eventually

if TYPE_CHECKING:
    from conftest import MakeExtents, Scene

HIGHER = CropRegion(crop_left=0.1, crop_top=0.79, crop_right=0.9, crop_bottom=0.95)
UPPER = CropRegion(crop_left=0.1, crop_top=0.1, crop_right=0.9, crop_bottom=0.2)
USER = uuid4()

Span = tuple[int, int]


def spans(*captions: Span) -> list[CaptionExtent]:
    """Extents of 30 frames with these captions."""
    cuts = sorted({0, 30, *(at for span in captions for at in span)})
    starts = {start for start, _ in captions}
    return [
        CaptionExtent(
            start_frame=start,
            end_frame=end,
            kind=ExtentKind.CAPTION if start in starts else ExtentKind.GAP,
            confidence=0.7,
        )
        for start, end in pairwise(cuts)
    ]


async def captions(scene: "Scene", video_id: UUID) -> list[Caption]:
    async with scene.database.transaction() as session:
        return await session.captions.for_video(video_id)


async def shown(scene: "Scene", video_id: UUID) -> list[tuple[int, int, str | None]]:
    """Frames and texts of the captions, without gaps."""
    return [
        (row.start_frame, row.end_frame, row.text)
        for row in await captions(scene, video_id)
        if not row.is_gap
    ]


async def type_text(scene: "Scene", row: Caption, text: str, *, confirm: bool = False) -> None:
    changes: dict[str, Any] = {"text": text} | ({"state": "confirmed"} if confirm else {})
    async with scene.database.transaction() as session:
        await session.edits.apply(
            row.video_id,
            [Update(caption=row.id, version=row.version, **changes)],
            EditKind.UPDATE,
            USER,
        )


async def crop_again(
    scene: "Scene",
    video_id: UUID,
    made: "MakeExtents",
    extents: Sequence[CaptionExtent],
    region: CropRegion = HIGHER,
) -> None:
    lease = await scene.claim(await scene.crop(video_id, region))
    result = msgspec.structs.replace(
        made(await scene.allocate(lease, region)), extents=list(extents)
    )
    async with scene.database.transaction() as session:
        await publication.publish_extents(session, lease, result)


async def restore(scene: "Scene", video_id: UUID, number: int) -> replacing.Restored:
    async with scene.database.transaction() as session:
        return await replacing.by_version(session, video_id, number, user_id=str(USER))


async def test_a_new_crop_region_keeps_what_people_typed(
    scene: "Scene", extents_result: "MakeExtents"
) -> None:
    video_id = await scene.captioned_video()
    first, _, second = await captions(scene, video_id)
    await type_text(scene, first, "typed")
    await type_text(scene, second, "sure", confirm=True)
    async with scene.database.transaction() as session:
        before = await session.events.latest_number(scene.tenant_id)

    await crop_again(scene, video_id, extents_result, spans((1, 11), (12, 28)))

    assert await shown(scene, video_id) == [(1, 10, "typed"), (15, 29, "sure")]
    after = [row for row in await captions(scene, video_id) if row.text]
    assert [(row.id, row.version, row.edited_by) for row in after] == [
        (first.id, first.version + 2, str(USER)),
        (second.id, second.version + 2, str(USER)),
    ]
    async with scene.database.transaction() as session:
        [version] = await session.caption_versions.page(video_id, None, 10)
        whole = await session.caption_versions.get(video_id, 1)
        events = await session.events.after(scene.tenant_id, before)
    assert whole is not None
    assert [(row.start_frame, row.text) for row in whole.captions] == [
        (0, "typed"),
        (10, None),
        (15, "sure"),
    ]
    assert (version.number, version.reason) == (1, ReplacementReason.CROP)
    assert (version.caption_count, version.edited_count, version.confirmed_count) == (2, 2, 1)
    assert (version.cropped_frames_version, version.frame_count) == (1, 30)
    [replaced] = [event for event in events if event.kind is EventKind.CAPTIONS_REPLACED]
    assert replaced.data == {
        "number": 1,
        "reason": "crop",
        "carried_ids": [first.id, second.id],
        "not_carried_ids": [],
    }
    assert (await scene.read(video_id)).notes == []


async def test_a_caption_that_a_person_removed_does_not_come_back(
    scene: "Scene", extents_result: "MakeExtents"
) -> None:
    video_id = await scene.captioned_video()
    [first, *_] = await captions(scene, video_id)
    async with scene.database.transaction() as session:
        await session.edits.apply(
            video_id,
            [Delete(caption=first.id, version=first.version)],
            EditKind.DELETE,
            USER,
        )
    for top in (0.79, 0.78):
        region = msgspec.structs.replace(HIGHER, crop_top=top)
        found = spans((0, 9), (10, 15), (15, 30))
        await crop_again(scene, video_id, extents_result, found, region)
        assert await shown(scene, video_id) == [(10, 14, None), (15, 29, None)]


async def test_what_cannot_be_carried_over_is_said_and_can_be_restored(
    scene: "Scene", extents_result: "MakeExtents"
) -> None:
    video_id = await scene.captioned_video()
    [first, *_] = before = await captions(scene, video_id)
    await type_text(scene, first, "typed")
    await crop_again(scene, video_id, extents_result, spans((0, 10)), UPPER)
    assert await shown(scene, video_id) == [(0, 9, None)]
    [note] = (await scene.read(video_id)).notes
    assert note.kind is NoteKind.NOT_CARRIED_OVER
    assert "version 1 of the captions has them" in note.message
    assert (note.start_seconds, note.end_seconds) == (0, 1)
    with pytest.raises(PermanentError, match="approve the crop regions") as caught:
        await restore(scene, video_id, 1)
    assert caught.value.code is ErrorCode.STATE_CONFLICT

    await crop_again(scene, video_id, extents_result, spans((3, 20)))
    assert (await scene.read(video_id)).notes == []
    assert (await restore(scene, video_id, 1)).saved_as == 3

    assert await shown(scene, video_id) == [(0, 9, "typed"), (15, 29, None)]
    after = await captions(scene, video_id)
    assert [row.id for row in after] == [row.id for row in before]
    assert {row.cropped_frames_version for row in after} == {3}
    assert after[0].version > first.version + 1
    async with scene.database.transaction() as session:
        saved = await session.caption_versions.get(video_id, 3)
        [change, _] = await session.edits.history.page(
            video_id, limit=10, before=None, caption_id=None
        )
    assert saved is not None
    assert (saved.reason, saved.made_by) == (ReplacementReason.RESTORE, str(USER))
    assert [row.start_frame for row in saved.captions] == [0, 3, 20]
    assert (change.kind, change.made_by) == ("restore", str(USER))


async def test_a_restore_can_be_undone_as_an_edit(
    scene: "Scene", extents_result: "MakeExtents"
) -> None:
    video_id = await scene.captioned_video()
    [first, *_] = await captions(scene, video_id)
    await type_text(scene, first, "typed")
    await crop_again(scene, video_id, extents_result, spans((0, 10), (20, 25)))
    [first, *_] = await captions(scene, video_id)
    await type_text(scene, first, "typed later")
    await restore(scene, video_id, 1)
    assert await shown(scene, video_id) == [(0, 9, "typed"), (15, 29, None)]
    async with scene.database.transaction() as session:
        [change, *_] = await session.edits.history.page(
            video_id, limit=1, before=None, caption_id=None
        )
        await session.edits.undo(video_id, change.number, USER)
    assert await shown(scene, video_id) == [(0, 9, "typed later"), (20, 24, None)]


async def test_restoring_the_present_captions_changes_nothing(
    scene: "Scene", extents_result: "MakeExtents"
) -> None:
    video_id = await scene.captioned_video()
    await crop_again(scene, video_id, extents_result, spans((0, 10)))
    await restore(scene, video_id, 1)
    before = await captions(scene, video_id)
    await restore(scene, video_id, 1)
    assert await captions(scene, video_id) == before


async def test_a_restore_waits_for_the_job_that_finds_captions(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    await scene.crop(video_id, HIGHER)
    with pytest.raises(PermanentError, match="wait for it or cancel it") as caught:
        await restore(scene, video_id, 1)
    assert caught.value.code is ErrorCode.STATE_CONFLICT


async def test_a_version_that_does_not_exist_is_not_restored(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    with pytest.raises(PermanentError) as caught:
        await restore(scene, video_id, 1)
    assert caught.value.code is ErrorCode.NOT_FOUND


async def test_the_first_captions_of_a_video_replace_no_version(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    async with scene.database.transaction() as session:
        assert await session.caption_versions.page(video_id, None, 10) == []
        assert (await session.caption_versions.by_people(video_id)).edited_count == 0


async def test_an_edit_by_sql_while_captions_are_replaced_is_kept_or_refused(
    scene: "Scene", extents_result: "MakeExtents"
) -> None:
    """The version must hold an edit that was committed just before the captions were replaced."""
    video_id = await scene.captioned_video()
    [first, *_] = await captions(scene, video_id)
    async with scene.database.transaction() as session:
        await session.statements.run(
            """
            update captionacc.captions set text = 'just typed', text_edited = true,
                edited_at = now() where id = $1
            """,
            first.id,
        )
        cropping = asyncio.create_task(crop_again(scene, video_id, extents_result, spans((0, 10))))
        await eventually(scene.someone_waits, what="the publication waits for the edit")
    await cropping
    assert await shown(scene, video_id) == [(0, 9, "just typed")]


async def test_reading_again_leaves_the_texts_of_people_alone(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    first, _, second = await captions(scene, video_id)

    async def read(text: str) -> None:
        ids = [first.id, second.id]
        job, _ = await scene.enqueue(
            video_id, CaptionsOcr(caption_ids=ids, cropped_frames_version=1, anew=True)
        )
        lease = await scene.claim(job)
        texts = {each: OcrText(text=text, confidence=0.9) for each in ids}
        result = CaptionsOcrResult(
            texts=list(texts.values()), measured=Measured(seconds={"ocr": 1.0})
        )
        async with scene.database.transaction() as session:
            await publication.publish_caption_texts(session, lease, texts, result)

    await read("read")
    one, _, two = await captions(scene, video_id)
    # A person agrees with the text of OCR, and types the same text as OCR has read.
    async with scene.database.transaction() as session:
        await session.edits.apply(
            video_id,
            [Update(caption=one.id, version=one.version, state="confirmed")],
            EditKind.UPDATE,
            USER,
        )
    await type_text(scene, two, "read differently")
    await read("misread")
    assert [text for *_, text in await shown(scene, video_id)] == ["read", "read differently"]

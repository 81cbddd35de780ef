"""The text of captions when several jobs, or a person and a job, work on one video."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import pytest
from captionacc_contracts.errors import (
    ErrorCode,
    ErrorReport,
    PermanentError,
    TransientError,
)
from captionacc_contracts.events import EventKind
from captionacc_contracts.frames.tracks import Note, NoteKind
from captionacc_contracts.work.compute import (
    CaptionOcrResult,
    CaptionsOcrResult,
    Measured,
    OcrText,
    Progress,
)
from captionacc_contracts.work.jobs import CaptionOcr, CaptionsOcr
from captionacc_contracts.work.states import OcrStatus
from captionacc_supabase import publication
from captionacc_supabase.rows import Caption, Job
from captionacc_testkit.waiting import eventually

if TYPE_CHECKING:
    from conftest import Scene

REPORT = ErrorReport(code=ErrorCode.OCR_UNAVAILABLE, message="No OCR.", stage="ocr")


async def two_captions(scene: "Scene") -> tuple[UUID, int, int]:
    video_id = await scene.captioned_video()
    async with scene.database.transaction() as session:
        first, _gap, second = await session.captions.for_video(video_id)
    return video_id, first.id, second.id


async def read_one(scene: "Scene", video_id: UUID, caption_id: int) -> Job:
    job, _ = await scene.enqueue(
        video_id, CaptionOcr(caption_id=caption_id, cropped_frames_version=1)
    )
    return job


async def statuses(scene: "Scene", video_id: UUID) -> tuple[OcrStatus | None, OcrStatus | None]:
    async with scene.database.transaction() as session:
        first, _gap, second = await session.captions.for_video(video_id)
    return first.caption_ocr_status, second.caption_ocr_status


async def test_a_caption_that_could_not_be_read_says_so_while_others_wait(scene: "Scene") -> None:
    video_id, first, second = await two_captions(scene)
    lease = await scene.claim(await read_one(scene, video_id, first))
    await read_one(scene, video_id, second)
    async with scene.database.transaction() as session:
        await session.jobs.fail(lease, REPORT)
    assert await statuses(scene, video_id) == (OcrStatus.ERROR, OcrStatus.QUEUED)


async def test_cancelling_all_readings_leaves_no_caption_waiting(scene: "Scene") -> None:
    video_id, first, second = await two_captions(scene)
    jobs = [await read_one(scene, video_id, caption) for caption in (first, second)]
    async with scene.database.transaction() as session:
        for job in jobs:
            await session.jobs.request_cancel(job.id)
    assert await statuses(scene, video_id) == (None, None)


@pytest.mark.parametrize(
    ("end", "left"), [("fail", OcrStatus.ERROR), ("cancelled", None)], ids=["fail", "cancel"]
)
async def test_a_caption_that_another_job_reads_too_goes_on_waiting(
    scene: "Scene", end: str, left: OcrStatus | None
) -> None:
    video_id, first, second = await two_captions(scene)
    both, _ = await scene.enqueue(
        video_id, CaptionsOcr(caption_ids=[first, second], cropped_frames_version=1)
    )
    lease = await scene.claim(both)
    # In another language, else it would not be read twice.
    other = CaptionOcr(caption_id=second, cropped_frames_version=1, language="en")
    _, created = await scene.enqueue(video_id, other)
    assert created
    async with scene.database.transaction() as session:
        if end == "fail":
            await session.jobs.fail(lease, REPORT)
        else:
            await session.jobs.cancelled(lease)
    assert await statuses(scene, video_id) == (left, OcrStatus.QUEUED)


async def publish(scene: "Scene", video_id: UUID, texts: Mapping[int, OcrText]) -> list[Caption]:
    job, _ = await scene.enqueue(
        video_id, CaptionsOcr(caption_ids=list(texts), cropped_frames_version=1)
    )
    lease = await scene.claim(job)
    result = CaptionsOcrResult(texts=list(texts.values()), measured=Measured(seconds={"ocr": 1.0}))
    async with scene.database.transaction() as session:
        await publication.publish_caption_texts(session, lease, texts, result)
        return await session.captions.for_video(video_id)


async def test_a_text_that_a_person_typed_without_judging_it_stays(scene: "Scene") -> None:
    video_id, first, second = await two_captions(scene)
    read = OcrText(text="red", confidence=0.9)
    await publish(scene, video_id, {first: read, second: read})
    async with scene.database.transaction() as session:
        await session.statements.run(
            "update captionacc.captions set text = 'read' where id = $1", first
        )
    again = OcrText(text="rede", confidence=0.9)
    one, _, two = await publish(scene, video_id, {first: again, second: again})
    assert (one.text, one.caption_ocr) == ("read", "rede")
    assert (two.text, two.caption_ocr) == ("rede", "rede")


async def test_the_event_tells_read_captions_from_failed_ones(scene: "Scene") -> None:
    video_id, first, second = await two_captions(scene)
    async with scene.database.transaction() as session:
        before = await session.events.latest_number(scene.tenant_id)
    await publish(
        scene,
        video_id,
        {
            first: OcrText(text="你好", confidence=0.9),
            second: OcrText(text="", confidence=0, error="No picture."),
        },
    )
    async with scene.database.transaction() as session:
        events = await session.events.after(scene.tenant_id, before)
    ids_by_status = {
        event.data["caption_ocr_status"]: event.data["caption_ids"]
        for event in events
        if event.kind is EventKind.CAPTIONS_CHANGED
    }
    assert (ids_by_status["completed"], ids_by_status["error"]) == ([first], [second])


async def test_progress_that_waited_for_the_end_of_its_job_is_not_shown(scene: "Scene") -> None:
    video_id, first, _ = await two_captions(scene)
    lease = await scene.claim(await read_one(scene, video_id, first))

    async def show() -> None:
        async with scene.database.transaction() as session:
            await session.videos.set_progress(
                lease, video_id, Progress(stage="ocr", done=1, total=2)
            )

    result = CaptionOcrResult(ocr_text="x", confidence=0.9, measured=Measured(seconds={"ocr": 1.0}))
    async with scene.database.transaction() as session:
        await session.jobs.hold(lease)
        showing = asyncio.create_task(show())
        await eventually(scene.someone_waits, what="the progress waits for the video")
        await publication.publish_caption_texts(
            session, lease, {first: OcrText(text="x", confidence=0.9)}, result
        )
    with pytest.raises(TransientError) as caught:
        await showing
    assert caught.value.code is ErrorCode.LEASE_LOST
    assert (await scene.read(video_id)).progress is None


async def test_a_row_that_this_version_cannot_read_is_an_internal_error(scene: "Scene") -> None:
    video_id = await scene.video()
    async with scene.database.transaction() as session:
        await session.statements.run(
            "update captionacc.videos set crop_region = $2 where id = $1", video_id, {"left": 1}
        )
    with pytest.raises(PermanentError, match="Video") as caught:
        await scene.read(video_id)
    assert caught.value.code is ErrorCode.INTERNAL
    assert isinstance(caught.value.__cause__, msgspec.ValidationError)


async def test_the_latest_reading_says_what_could_not_be_read(scene: "Scene") -> None:
    """A note of an earlier reading goes; notes of other kinds stay."""
    video_id, first, _ = await two_captions(scene)
    standing = Note(kind=NoteKind.STANDING_TEXT, message="Text stays on screen.")
    unread = Note(kind=NoteKind.UNREAD_SCRIPT, message="No engine here reads Russian.")
    async with scene.database.transaction() as session:
        await session.statements.run(
            "update captionacc.videos set notes = $2 where id = $1", video_id, [standing]
        )
    for language, notes in (("ru", [unread]), ("ru", [unread]), ("en", [])):
        parameters = CaptionsOcr(
            caption_ids=[first], cropped_frames_version=1, language=language, anew=True
        )
        job, _ = await scene.enqueue(video_id, parameters)
        lease = await scene.claim(job)
        text = OcrText(text="", confidence=0.0)
        result = CaptionsOcrResult(
            texts=[text], measured=Measured(seconds={"ocr": 1.0}), notes=notes
        )
        async with scene.database.transaction() as session:
            await publication.publish_caption_texts(session, lease, {first: text}, result)
        assert (await scene.read(video_id)).notes == [standing, *notes]

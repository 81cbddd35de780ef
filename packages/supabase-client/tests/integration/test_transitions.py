"""The UPDATE takes every transition in the contracts' tables, and refuses every other one."""

import itertools
from typing import TYPE_CHECKING

import pytest
from captionacc_contracts.errors import ErrorCode, ErrorReport
from captionacc_contracts.work import states
from captionacc_contracts.work.states import CaptionStatus, OcrStatus, VideoStatus

if TYPE_CHECKING:
    from conftest import Scene

REPORT = ErrorReport(code=ErrorCode.INTERNAL, message="It broke.", stage="test")


async def test_video_status(scene: "Scene") -> None:
    video_id = await scene.video()
    for source, target in itertools.product(VideoStatus, VideoStatus):
        await scene.set_statuses(video_id, source, None)
        error = REPORT if target is VideoStatus.ERROR else None
        async with scene.database.transaction() as session:
            taken = await session.statuses.set_video(video_id, target, error)
        allowed = target in states.VIDEO_TRANSITIONS[source]
        assert taken is allowed, (source, target)
        video = await scene.read(video_id)
        assert video.status is (target if allowed else source)
        if allowed:
            assert video.error == error


async def test_caption_status(scene: "Scene") -> None:
    video_id = await scene.video()
    for source, target in itertools.product([None, *CaptionStatus], CaptionStatus):
        await scene.set_statuses(video_id, VideoStatus.ACTIVE, source)
        async with scene.database.transaction() as session:
            taken = await session.statuses.set_captions(video_id, target)
        allowed = target in states.CAPTION_TRANSITIONS[source]
        assert taken is allowed, (source, target)
        assert (await scene.read(video_id)).caption_status is (target if allowed else source)


@pytest.mark.parametrize("status", [status for status in VideoStatus if status != "active"])
async def test_caption_status_needs_an_active_video(scene: "Scene", status: VideoStatus) -> None:
    video_id = await scene.video()
    await scene.set_statuses(video_id, status, None)
    async with scene.database.transaction() as session:
        assert not await session.statuses.set_captions(video_id, CaptionStatus.QUEUED)


async def test_caption_ocr_status(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    async with scene.database.transaction() as session:
        caption, *_ = await session.captions.for_video(video_id)
    for source, target in itertools.product([None, *OcrStatus], OcrStatus):
        async with scene.database.transaction() as session:
            await session.statements.run(
                "update captionacc.captions set caption_ocr_status = $2 where id = $1",
                caption.id,
                source,
            )
        async with scene.database.transaction() as session:
            await session.statuses.set_ocr(video_id, [caption.id], target)
        async with scene.database.transaction() as session:
            found = await session.captions.get(video_id, caption.id)
        allowed = target in states.OCR_TRANSITIONS[source]
        assert found is not None
        assert found.caption_ocr_status is (target if allowed else source), (source, target)

"""A result is published with all its rows in one transaction, or not at all."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.events import Event, EventKind
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.work.compute import (
    CaptionsOcrResult,
    ExtractResult,
    Hardware,
    Measured,
    OcrText,
    Progress,
)
from captionacc_contracts.work.functions import FunctionName
from captionacc_contracts.work.jobs import CaptionsOcr
from captionacc_contracts.work.states import (
    CaptionStatus,
    JobState,
    OcrStatus,
    VersionStatus,
    VideoStatus,
)
from captionacc_contracts.work.versions import EXTENTS_MODEL_VERSION
from captionacc_supabase import publication
from captionacc_supabase.rows import Caption, CroppedFramesVersion, Job, Lease, Usage, Video

if TYPE_CHECKING:
    from conftest import MakeExtents, Scene

UPPER = CropRegion(crop_left=0.1, crop_top=0.1, crop_right=0.9, crop_bottom=0.2)


async def test_an_extraction_makes_the_video_active(
    scene: "Scene", extract_result: ExtractResult
) -> None:
    video_id = await scene.video()
    lease = await scene.claim(await scene.initial(video_id))
    async with scene.database.transaction() as session:
        job = await publication.publish_extract(session, lease, extract_result)
    assert (job.state, job.result, job.lease) == (JobState.DONE, extract_result, None)
    video = await scene.read(video_id)
    assert (video.status, video.width, video.frame_count) == (VideoStatus.ACTIVE, 640, 30)
    assert video.suggested_crop_region == extract_result.suggested_crop_region
    assert (video.suggested_tracks, video.runner_up_tracks, video.notes) == ([], [], [])
    async with scene.database.transaction() as session:
        (usage,) = await session.usage.for_video(video_id)
        events = await session.events.after(scene.tenant_id, 0)
    assert usage.seconds == {"decode": 1.5, "ocr": 2.0}
    assert (usage.ocr_units, usage.ocr_engine) == (3, "rapidocr")
    assert usage.estimated_usd == pytest.approx(sum(line.usd for line in usage.cost))
    assert usage.estimated_usd > 0
    assert [event.kind for event in events] == [
        EventKind.VIDEO_STATUS,
        EventKind.VIDEO_STATUS,
        EventKind.JOB_QUEUED,
        EventKind.VIDEO_STATUS,
        EventKind.JOB_STARTED,
        EventKind.VIDEO_STATUS,
        EventKind.JOB_DONE,
    ]
    assert [event.data["status"] for event in events if event.kind is EventKind.VIDEO_STATUS] == [
        "uploaded",
        "queued",
        "processing",
        "active",
    ]


@pytest.mark.parametrize("gpu", ["L4", None])
async def test_the_latest_call_says_which_gpu_the_deployment_chose(
    scene: "Scene", extract_result: ExtractResult, gpu: str | None
) -> None:
    measured = msgspec.structs.replace(
        extract_result.measured, hardware=Hardware(gpu=gpu, cpu_cores=2, memory_mib=4096)
    )
    lease = await scene.claim(await scene.initial(await scene.video()))
    async with scene.database.transaction() as session:
        result = msgspec.structs.replace(extract_result, measured=measured)
        await publication.publish_extract(session, lease, result)
        extract = FunctionName.EXTRACT_FRAMES_AND_OCR
        assert await session.usage.latest_gpu(extract, default="T4") == gpu


async def test_extents_become_captions_that_tile_the_video(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    async with scene.database.transaction() as session:
        captions = await session.captions.for_video(video_id)
        (version,) = await session.versions.for_video(video_id)
    assert [(row.start_frame, row.end_frame, row.state) for row in captions] == [
        (0, 9, "predicted"),
        (10, 14, "gap"),
        (15, 29, "predicted"),
    ]
    assert (version.version, version.status) == (1, VersionStatus.ACTIVE)
    assert (version.chunk_count, version.model_version) == (3, EXTENTS_MODEL_VERSION)
    video = await scene.read(video_id)
    assert (video.caption_status, video.cropped_frames_version) == (CaptionStatus.READY, 1)
    assert (video.frame_count, video.crop_region) == (30, version.crop_region)


async def test_a_new_version_archives_the_old_one(
    scene: "Scene", extents_result: "MakeExtents"
) -> None:
    video_id = await scene.captioned_video()
    lease = await scene.claim(await scene.crop(video_id, UPPER))
    number = await scene.allocate(lease, UPPER)
    assert number == 2
    assert await scene.allocate(lease, UPPER) == 2
    async with scene.database.transaction() as session:
        await publication.publish_extents(session, lease, extents_result(2))
    async with scene.database.transaction() as session:
        versions = await session.versions.for_video(video_id)
        captions = await session.captions.for_video(video_id)
    assert [version.status for version in versions] == [
        VersionStatus.ARCHIVED,
        VersionStatus.ACTIVE,
    ]
    assert {caption.cropped_frames_version for caption in captions} == {2}
    assert (await scene.read(video_id)).crop_region == UPPER


Everything = tuple[
    Video | None, list[Caption], list[CroppedFramesVersion], list[Job], list[Usage], list[Event]
]


async def everything(scene: "Scene", video_id: UUID) -> Everything:
    async with scene.database.transaction() as session:
        return (
            await session.videos.get(video_id),
            await session.captions.for_video(video_id),
            await session.versions.for_video(video_id),
            await session.jobs.for_video(video_id),
            await session.usage.for_video(video_id),
            await session.events.after(scene.tenant_id, 0),
        )


async def second_version(scene: "Scene") -> tuple[UUID, Lease]:
    """A video with captions, and the lease of the job that writes its version 2."""
    video_id = await scene.captioned_video()
    lease = await scene.claim(await scene.crop(video_id, UPPER))
    assert await scene.allocate(lease, UPPER) == 2
    return video_id, lease


async def test_a_failure_at_the_last_step_publishes_nothing(
    scene: "Scene", extents_result: "MakeExtents"
) -> None:
    video_id, lease = await second_version(scene)
    # Activating the version is the last statement; here it finds the version failed already.
    async with scene.database.transaction() as session:
        await session.statements.run(
            "update captionacc.cropped_frames_versions set status = 'failed' where job_id = $1",
            lease.job_id,
        )
    before = await everything(scene, video_id)
    with pytest.raises(PermanentError) as caught:
        async with scene.database.transaction() as session:
            await publication.publish_extents(session, lease, extents_result(2))
    assert caught.value.code is ErrorCode.RESULT_INCOMPLETE
    assert await everything(scene, video_id) == before


@pytest.mark.parametrize("spans", [[], [0, 1], [0, 2], [1, 2]])
async def test_extents_that_do_not_tile_are_refused(
    scene: "Scene", extents_result: "MakeExtents", spans: list[int]
) -> None:
    video_id = await scene.active_video()
    lease = await scene.claim(await scene.crop(video_id))
    result = extents_result(await scene.allocate(lease))
    broken = msgspec.structs.replace(result, extents=[result.extents[span] for span in spans])
    before = await everything(scene, video_id)
    with pytest.raises(PermanentError) as caught:
        async with scene.database.transaction() as session:
            await publication.publish_extents(session, lease, broken)
    assert caught.value.code is ErrorCode.RESULT_INCOMPLETE
    assert await everything(scene, video_id) == before


async def test_a_reader_sees_all_of_a_publication_or_nothing(
    scene: "Scene", extents_result: "MakeExtents"
) -> None:
    video_id, lease = await second_version(scene)
    async with scene.database.transaction() as session:
        await publication.publish_extents(session, lease, extents_result(2))
        await session.announcements.flush()
        video, captions, versions, *_ = await everything(scene, video_id)
        assert video is not None
        assert video.cropped_frames_version == 1
        assert {caption.cropped_frames_version for caption in captions} == {1}
        assert [version.status for version in versions] == ["active", "processing"]


async def test_a_result_is_published_once(scene: "Scene", extents_result: "MakeExtents") -> None:
    video_id = await scene.active_video()
    lease = await scene.claim(await scene.crop(video_id))
    result = extents_result(await scene.allocate(lease))

    async def publish() -> None:
        async with scene.database.transaction() as session:
            await publication.publish_extents(session, lease, result)

    outcomes = await asyncio.gather(*(publish() for _ in range(5)), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1
    async with scene.database.transaction() as session:
        assert len(await session.usage.for_video(video_id)) == 2


async def test_texts_reach_their_captions_unless_a_person_has_judged(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    async with scene.database.transaction() as session:
        first, _, second = await session.captions.for_video(video_id)
        await session.statements.run(
            "update captionacc.captions set text = 'mine', text_status = 'valid_caption'"
            " where id = $1",
            second.id,
        )

    async def publish(texts: Mapping[int, OcrText]) -> list[Caption]:
        job, _ = await scene.enqueue(
            video_id,
            CaptionsOcr(caption_ids=[first.id, second.id], cropped_frames_version=1),
        )
        lease = await scene.claim(job)
        async with scene.database.transaction() as session:
            await session.videos.set_progress(
                lease, video_id, Progress(stage="ocr", done=1, total=2)
            )
        result = CaptionsOcrResult(
            texts=list(texts.values()), measured=Measured(seconds={"ocr": 1.0}, ocr_units=1)
        )
        async with scene.database.transaction() as session:
            await publication.publish_caption_texts(session, lease, texts, result)
        assert (await scene.read(video_id)).progress is None
        async with scene.database.transaction() as session:
            return await session.captions.for_video(video_id)

    one, gap, two = await publish(
        {
            first.id: OcrText(text="你好", confidence=0.9),
            second.id: OcrText(text="yours", confidence=0.8),
            10**9: OcrText(text="gone since", confidence=0.8),
        }
    )
    assert (one.text, one.caption_ocr, one.caption_ocr_confidence) == ("你好", "你好", 0.9)
    assert one.caption_ocr_status is OcrStatus.COMPLETED
    assert (two.text, two.caption_ocr) == ("mine", "yours")
    assert gap.caption_ocr_status is None
    one, _, _ = await publish({first.id: OcrText(text="", confidence=0, error="No picture.")})
    assert (one.text, one.caption_ocr) == ("你好", "你好")
    assert (one.caption_ocr_status, one.caption_ocr_error) == (OcrStatus.ERROR, "No picture.")


async def test_the_lock_of_a_database_is_the_lease_of_its_job(scene: "Scene") -> None:
    video_id = await scene.video()
    lease = await scene.claim(await scene.initial(video_id))
    async with scene.database.transaction() as session:
        (lock,) = await session.videos.locks(video_id)
    assert (lock.database_name, lock.job_id) == ("layout", lease.job_id)
    await scene.expire(lease)
    async with scene.database.transaction() as session:
        assert await session.videos.locks(video_id) == []


async def test_usage_is_recorded_once_for_a_result_that_serves_again(
    scene: "Scene", extract_result: ExtractResult
) -> None:
    for _ in range(2):
        video_id = await scene.video()
        lease = await scene.claim(await scene.initial(video_id))
        async with scene.database.transaction() as session:
            await publication.publish_extract(session, lease, extract_result)
    recorded = []
    async with scene.database.transaction() as session:
        for video in await session.videos.list_for_tenant(scene.tenant_id, 100):
            recorded += await session.usage.for_video(video.id)
    calls = [usage.call_id for usage in recorded]
    assert calls.count(extract_result.measured.call_id) == 1

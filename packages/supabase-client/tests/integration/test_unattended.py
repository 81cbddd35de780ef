"""An unattended video goes on by itself, in the transaction that publishes the step before."""

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import AnchorType, SuggestedTrack, WritingDirection
from captionacc_contracts.limits import Limits
from captionacc_contracts.work.compute import CaptionsOcrResult, ExtractResult, Measured, OcrText
from captionacc_contracts.work.jobs import CaptionsOcr, CropAndInfer, InitialProcessing
from captionacc_contracts.work.states import CaptionStatus, JobState, OcrStatus, VideoStatus
from captionacc_supabase import publication
from captionacc_supabase.going_on import go_on
from captionacc_supabase.rows import Job
from captionacc_testkit.compute_results import extracted

if TYPE_CHECKING:
    from conftest import MakeExtents, Scene

LOWER = CropRegion(crop_left=0.1, crop_top=0.8, crop_right=0.9, crop_bottom=0.95)
RIGHT = CropRegion(crop_left=0.9, crop_top=0.1, crop_right=0.95, crop_bottom=0.9)


def suggestion(region: CropRegion, direction: WritingDirection) -> SuggestedTrack:
    return SuggestedTrack(
        crop_region=region,
        anchor_type=AnchorType.CENTER,
        anchor_position=0.5,
        direction=direction,
        confidence=0.9,
    )


FOUND = extracted(
    suggested_crop_region=LOWER,
    suggested_tracks=[
        suggestion(LOWER, WritingDirection.HORIZONTAL),
        suggestion(RIGHT, WritingDirection.VERTICAL),
    ],
)
ONE_FOUND = extracted(suggested_crop_region=LOWER, suggested_tracks=FOUND.suggested_tracks[:1])


async def unattended(scene: "Scene") -> UUID:
    video_id = await scene.video()
    async with scene.database.transaction() as session:
        await session.statements.run(
            "update captionacc.videos set unattended = true, language = 'zh' where id = $1",
            video_id,
        )
    return video_id


async def looked_at(scene: "Scene", video_id: UUID, result: ExtractResult) -> Job:
    """The video after its initial processing; returns the job of that."""
    job = await scene.initial(video_id)
    lease = await scene.claim(job)
    async with scene.database.transaction() as session:
        await publication.publish_extract(session, lease, result)
    return job


async def waiting_job(scene: "Scene", video_id: UUID) -> Job | None:
    async with scene.database.transaction() as session:
        jobs = await session.jobs.for_video(video_id)
    waiting = [job for job in jobs if job.state is JobState.QUEUED]
    assert len(waiting) <= 1
    return waiting[0] if waiting else None


async def limit(scene: "Scene", limits: Limits) -> None:
    async with scene.database.transaction() as session:
        await session.limits.override(scene.tenant_id, limits)


async def test_the_suggested_tracks_are_approved(scene: "Scene") -> None:
    video_id = await unattended(scene)
    first = await looked_at(scene, video_id, FOUND)
    following = await waiting_job(scene, video_id)
    assert following is not None
    assert isinstance(following.parameters, CropAndInfer)
    assert isinstance(first.parameters, InitialProcessing)
    assert following.parameters.video_key == first.parameters.video_key
    assert [(track.crop_region, track.direction) for track in following.parameters.tracks] == [
        (LOWER, WritingDirection.HORIZONTAL),
        (RIGHT, WritingDirection.VERTICAL),
    ]
    assert (following.tier, following.static_score, following.tags) == (
        first.tier,
        first.static_score,
        first.tags,
    )
    video = await scene.read(video_id)
    assert (video.status, video.caption_status) == (VideoStatus.ACTIVE, CaptionStatus.QUEUED)


async def test_the_captions_are_read_and_then_nothing_is_left(
    scene: "Scene", extents_result: "MakeExtents"
) -> None:
    video_id = await unattended(scene)
    await looked_at(scene, video_id, ONE_FOUND)
    crop = await waiting_job(scene, video_id)
    assert crop is not None
    lease = await scene.claim(crop)
    version = await scene.allocate(lease)
    async with scene.database.transaction() as session:
        await publication.publish_extents(session, lease, extents_result(version))
    reading = await waiting_job(scene, video_id)
    assert reading is not None
    assert isinstance(reading.parameters, CaptionsOcr)
    assert (reading.parameters.cropped_frames_version, reading.parameters.language) == (
        version,
        "zh",
    )
    async with scene.database.transaction() as session:
        captions = await session.captions.for_video(video_id)
    shown = [caption for caption in captions if caption.state != "gap"]
    assert reading.parameters.caption_ids == [caption.id for caption in shown]
    assert {caption.caption_ocr_status for caption in shown} == {OcrStatus.QUEUED}

    lease = await scene.claim(reading)
    texts = {caption.id: OcrText(text="字", confidence=0.9) for caption in shown}
    result = CaptionsOcrResult(texts=[], measured=Measured(seconds={"ocr": 1.0}))
    async with scene.database.transaction() as session:
        await publication.publish_caption_texts(session, lease, texts, result)
    assert await waiting_job(scene, video_id) is None


async def test_a_video_that_people_attend_waits_for_them(scene: "Scene") -> None:
    video_id = await scene.video()
    await looked_at(scene, video_id, FOUND)
    assert await waiting_job(scene, video_id) is None


async def test_a_video_without_suggestions_waits_for_a_person(scene: "Scene") -> None:
    video_id = await unattended(scene)
    await looked_at(scene, video_id, extracted(suggested_crop_region=None))
    assert await waiting_job(scene, video_id) is None
    assert (await scene.read(video_id)).caption_status is None


async def test_a_worker_that_lost_its_job_asks_for_nothing(scene: "Scene") -> None:
    video_id = await unattended(scene)
    job = await scene.initial(video_id)
    lease = await scene.claim(job)
    await scene.expire(lease)
    async with scene.database.transaction() as session:
        with pytest.raises(Exception, match="lease"):
            await publication.publish_extract(session, lease, FOUND)
    assert await waiting_job(scene, video_id) is None


async def test_a_limit_loses_no_result_and_the_video_goes_on_when_there_is_room(
    scene: "Scene",
) -> None:
    video_id = await unattended(scene)
    job = await scene.initial(video_id)
    lease = await scene.claim(job)
    await limit(scene, Limits(crop_changes_per_hour=0))
    async with scene.database.transaction() as session:
        await publication.publish_extract(session, lease, FOUND)
    video = await scene.read(video_id)
    assert video.suggested_tracks == FOUND.suggested_tracks
    assert video.waiting is not None
    assert video.waiting.reached.name == "crop_changes_per_hour"
    async with scene.database.transaction() as session:
        shown = await session.waiting.of_video(None, video_id)
    assert shown is not None
    assert shown.limit == video.waiting.reached

    async with scene.database.transaction() as session:
        assert [found.id for found in await session.videos.waiting_to_go_on(9)] == [video_id]
        assert await go_on(session, await scene.job(job.id)) is None
    await limit(scene, Limits())
    async with scene.database.transaction() as session:
        following = await go_on(session, await scene.job(job.id))
    assert following is not None
    assert isinstance(following.parameters, CropAndInfer)
    assert (await scene.read(video_id)).waiting is None


async def test_a_tenant_with_many_waiting_videos_holds_up_nobody(scene: "Scene") -> None:
    mine = [await unattended(scene) for _ in range(3)]
    other = await scene.video(uuid4())
    async with scene.database.transaction() as session:
        await session.statements.run(
            """
            update captionacc.videos set status = 'active', unattended = true, waiting = '{
                "message": "m", "since": "2026-01-01T00:00:00Z",
                "reached": {
                    "name": "jobs_waiting", "allowed": 0, "used": 0, "reserved": 0, "asked": 1
                }
            }'
            """
        )
        found = await session.videos.waiting_to_go_on(2)
    assert {video.id for video in found} == {mine[0], other}


async def test_a_region_that_a_person_approved_is_not_replaced(
    scene: "Scene", extents_result: "MakeExtents"
) -> None:
    video_id = await scene.captioned_video()
    async with scene.database.transaction() as session:
        await session.statements.run(
            "update captionacc.videos set unattended = true where id = $1", video_id
        )
        first = (await session.jobs.for_video(video_id))[0]
        assert await go_on(session, first) is None

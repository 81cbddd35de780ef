"""Requests for work: once, again, at the same time, and in place of an older request."""

import asyncio
import uuid
from typing import TYPE_CHECKING

import msgspec
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.work.jobs import (
    CaptionOcr,
    CaptionsOcr,
    CropAndInfer,
    InitialProcessing,
    JobParameters,
    caption_ids,
)
from captionacc_contracts.work.states import CaptionStatus, JobState, OcrStatus, VideoStatus

if TYPE_CHECKING:
    from conftest import Scene

LOWER = CropRegion(crop_left=0.1, crop_top=0.7, crop_right=0.9, crop_bottom=0.9)
UPPER = CropRegion(crop_left=0.1, crop_top=0.1, crop_right=0.9, crop_bottom=0.2)


async def test_equal_work_asked_for_at_once_is_one_job(scene: "Scene") -> None:
    video_id = await scene.video()
    parameters = InitialProcessing(video_key="key", language="zh")
    asked = await asyncio.gather(*(scene.enqueue(video_id, parameters) for _ in range(20)))
    assert len({job.id for job, _ in asked}) == 1
    assert sorted(created for _, created in asked) == [False] * 19 + [True]
    job = asked[0][0]
    assert job.parameters == parameters
    assert (job.state, job.tags, job.lease) == (JobState.QUEUED, ["tier:free"], None)
    assert (await scene.read(video_id)).status is VideoStatus.QUEUED


async def test_a_finished_job_answers_for_equal_work(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    async with scene.database.transaction() as session:
        first, cropped = await session.jobs.for_video(video_id)
    assert (await scene.initial(video_id)).id == first.id
    assert (await scene.crop(video_id)).id == cropped.id
    assert (await scene.read(video_id)).caption_status is CaptionStatus.READY


async def test_work_to_compute_anew_is_a_new_job(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    in_force = await scene.crop(video_id)
    anew = CropAndInfer(video_key=f"{video_id}.mp4", crop_region=LOWER, anew=True)
    job, created = await scene.enqueue(video_id, anew)
    assert created
    assert job.id != in_force.id
    assert (await scene.enqueue(video_id, anew)) == (job, False)


async def test_extents_of_another_model_are_computed_anew(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    in_force = await scene.crop(video_id)
    async with scene.database.transaction() as session:
        await session.statements.run(
            "update captionacc.cropped_frames_versions set model_version = 'older'"
            " where video_id = $1",
            video_id,
        )
    again = await scene.crop(video_id)
    assert again.id != in_force.id
    assert again.state is JobState.QUEUED


async def test_another_crop_region_cancels_the_waiting_one(scene: "Scene") -> None:
    video_id = await scene.active_video()
    older = await scene.crop(video_id)
    newer = await scene.crop(video_id, UPPER)
    assert newer.id != older.id
    assert (await scene.job(older.id)).state is JobState.CANCELLED
    assert (await scene.read(video_id)).caption_status is CaptionStatus.QUEUED
    async with scene.database.transaction() as session:
        assert [head.job_id for head in await session.jobs.heads()] == [newer.id]


async def test_another_crop_region_stops_the_running_one(scene: "Scene") -> None:
    video_id = await scene.active_video()
    older = await scene.crop(video_id)
    lease = await scene.claim(older)
    version = await scene.allocate(lease)
    newer = await scene.crop(video_id, UPPER)
    assert (await scene.job(older.id)).cancel_requested
    newer_lease = await scene.claim(newer)
    assert await scene.allocate(newer_lease, UPPER) == version + 1
    with pytest.raises(PermanentError) as caught:
        await scene.allocate(lease)
    assert caught.value.code is ErrorCode.CANCELLED
    async with scene.database.transaction() as session:
        await session.jobs.cancelled(lease)
    # The newer job decides the status from here on.
    video = await scene.read(video_id)
    assert (video.caption_status, video.error) == (CaptionStatus.PROCESSING, None)


async def test_going_back_to_the_region_in_force_cancels_the_other_job_and_starts_none(
    scene: "Scene",
) -> None:
    video_id = await scene.captioned_video()
    in_force = await scene.crop(video_id)
    other = await scene.crop(video_id, UPPER)
    assert (await scene.read(video_id)).caption_status is CaptionStatus.QUEUED
    assert (await scene.crop(video_id)).id == in_force.id
    assert (await scene.job(other.id)).state is JobState.CANCELLED
    assert (await scene.read(video_id)).caption_status is CaptionStatus.READY


async def test_cancelling_a_second_crop_leaves_the_first_ones_captions(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    lease = await scene.claim(await scene.crop(video_id, UPPER))
    async with scene.database.transaction() as session:
        await session.jobs.request_cancel(lease.job_id)
    async with scene.database.transaction() as session:
        await session.jobs.cancelled(lease)
    video = await scene.read(video_id)
    assert (video.caption_status, video.error) == (CaptionStatus.READY, None)
    async with scene.database.transaction() as session:
        assert len(await session.captions.for_video(video_id)) == 3


async def test_work_is_refused_when_the_state_of_the_video_does_not_allow_it(
    scene: "Scene",
) -> None:
    video_id = await scene.video()
    with pytest.raises(PermanentError) as caught:
        await scene.crop(video_id)
    assert caught.value.code is ErrorCode.STATE_CONFLICT
    async with scene.database.transaction() as session:
        assert await session.jobs.for_video(video_id) == []


async def test_other_tenants_videos_and_unknown_ones_are_not_found(scene: "Scene") -> None:
    video_id = await scene.video()
    parameters = InitialProcessing(video_key="key")
    for video, tenant in ((video_id, uuid.uuid4()), (uuid.uuid4(), scene.tenant_id)):
        with pytest.raises(PermanentError) as caught:
            await scene.enqueue(video, parameters, tenant)
        assert caught.value.code is ErrorCode.NOT_FOUND


async def test_ocr_is_asked_for_by_caption(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    async with scene.database.transaction() as session:
        first, gap, second = await session.captions.for_video(video_id)
        assert await session.captions.without_text(video_id) == [first.id, second.id]
    one, _ = await scene.enqueue(
        video_id, CaptionOcr(caption_id=first.id, cropped_frames_version=1)
    )
    many, _ = await scene.enqueue(
        video_id, CaptionsOcr(caption_ids=[first.id, second.id], cropped_frames_version=1)
    )
    assert one.id != many.id
    lease = await scene.claim(one)

    async def statuses() -> list[OcrStatus | None]:
        async with scene.database.transaction() as session:
            return [row.caption_ocr_status for row in await session.captions.for_video(video_id)]

    assert await statuses() == [OcrStatus.PROCESSING, None, OcrStatus.QUEUED]
    async with scene.database.transaction() as session:
        await session.jobs.cancelled(lease)
        await session.jobs.request_cancel(many.id)
    assert await statuses() == [None, None, None]
    for missing in (gap.id, 10**9):
        with pytest.raises(PermanentError) as caught:
            await scene.enqueue(video_id, CaptionOcr(caption_id=missing, cropped_frames_version=1))
        assert caught.value.code is ErrorCode.NOT_FOUND


async def test_an_uploaded_video_without_a_job_is_found(scene: "Scene") -> None:
    lost = await scene.video()
    launched = await scene.video()
    await scene.initial(launched)
    async with scene.database.transaction() as session:
        assert [video.id for video in await session.videos.unlaunched(0)] == [lost]
        assert await session.videos.unlaunched(60) == []


async def test_captions_that_a_job_under_way_reads_are_not_read_twice(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    async with scene.database.transaction() as session:
        first, _, second = await session.captions.for_video(video_id)
    both = CaptionsOcr(caption_ids=[first.id, second.id], cropped_frames_version=1)
    one = CaptionOcr(caption_id=first.id, cropped_frames_version=1)

    reads_first, _ = await scene.enqueue(video_id, one)
    reads_rest, created = await scene.enqueue(video_id, both)
    assert created
    assert isinstance(reads_rest.parameters, CaptionsOcr)
    assert reads_rest.parameters.caption_ids == [second.id]
    await scene.claim(reads_rest)
    again, created = await scene.enqueue(video_id, both)
    assert not created
    assert again.id == reads_first.id
    again, created = await scene.enqueue(
        video_id, CaptionOcr(caption_id=second.id, cropped_frames_version=1)
    )
    assert (again.id, created) == (reads_rest.id, False)

    # A reading in another language is separate, and a job that is to stop does not count.
    _, created = await scene.enqueue(video_id, msgspec.structs.replace(one, language="en"))
    assert created
    async with scene.database.transaction() as session:
        await session.jobs.request_cancel(reads_rest.id)
    _, created = await scene.enqueue(
        video_id, CaptionOcr(caption_id=second.id, cropped_frames_version=1)
    )
    assert created


async def test_overlapping_captions_requested_at_once_are_read_once_each(scene: "Scene") -> None:
    video_id = await scene.captioned_video()
    async with scene.database.transaction() as session:
        first, _, second = await session.captions.for_video(video_id)
    asked: list[JobParameters] = [
        CaptionsOcr(caption_ids=[first.id, second.id], cropped_frames_version=1),
        CaptionOcr(caption_id=first.id, cropped_frames_version=1),
        CaptionOcr(caption_id=second.id, cropped_frames_version=1),
    ]
    jobs = await asyncio.gather(*(scene.enqueue(video_id, wish) for wish in asked * 3))
    made = [job for job, created in jobs if created]
    read = sorted(
        caption
        for job in made
        if isinstance(job.parameters, CaptionOcr | CaptionsOcr)
        for caption in caption_ids(job.parameters)
    )
    assert read == [first.id, second.id]

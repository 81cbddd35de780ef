from typing import Any
from uuid import UUID

import msgspec
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack, WritingDirection
from captionacc_contracts.webhooks import WebhookEvent
from captionacc_contracts.work.jobs import (
    CaptionsOcr,
    CropAndInfer,
    InitialProcessing,
    JobKind,
)
from captionacc_contracts.work.states import (
    CaptionStatus,
    JobState,
    OcrStatus,
    VideoStatus,
)
from captionacc_supabase.rows import DatabaseLock, Job, Video
from captionacc_testkit import rows
from captionacc_testkit.rows import NOW, TENANT, VIDEO, caption, job
from captionacc_webhook_gateway import admission
from hypothesis import given
from hypothesis import strategies as st

JOB = UUID(int=3)
REGION = CropRegion(crop_left=0.1, crop_top=0.7, crop_right=0.9, crop_bottom=0.9)


def video(**changes: Any) -> Video:
    """A video that was processed; its layout may be approved."""
    return rows.video(**{"status": VideoStatus.ACTIVE} | changes)


def lock(kind: JobKind) -> DatabaseLock:
    return DatabaseLock(
        video_id=VIDEO,
        tenant_id=TENANT,
        database_name="captions",
        job_id=JOB,
        kind=kind,
        lease_owner="worker",
        since=NOW,
        lease_expires_at=NOW,
    )


def crop_job(state: JobState) -> Job:
    return job(
        kind=JobKind.CROP_AND_INFER,
        parameters=CropAndInfer(video_key="k", crop_region=REGION),
        state=state,
    )


READY: dict[str, Any] = {"caption_status": CaptionStatus.READY, "cropped_frames_version": 1}


def refused_as(code: ErrorCode, call: Any, *arguments: Any) -> str:
    with pytest.raises(PermanentError) as caught:
        call(*arguments)
    assert caught.value.code is code
    return caught.value.message


@given(
    st.sampled_from(["INSERT", "UPDATE", "DELETE"]),
    st.sampled_from(["videos", "captions", "Videos"]),
    st.sampled_from(["captionacc", "public", ""]),
)
def test_only_an_insert_into_our_videos_starts_anything(kind: Any, table: str, schema: str) -> None:
    record = {"id": str(VIDEO), "tenant_id": str(TENANT), "display_name": "ignored"}
    event = WebhookEvent(type=kind, table=table, schema=schema, record=record)
    admitted = admission.admit_webhook(event)
    starts = (kind, table, schema) == ("INSERT", "videos", "captionacc")
    assert isinstance(admitted, admission.Ignored) is not starts


def test_an_insert_without_its_columns_is_malformed() -> None:
    for record in (None, {}, {"id": str(VIDEO)}, {"id": "x", "tenant_id": str(TENANT)}):
        event = WebhookEvent(type="INSERT", table="videos", schema="captionacc", record=record)
        with pytest.raises(msgspec.ValidationError):
            admission.admit_webhook(event)


@pytest.mark.parametrize("status", [s for s in VideoStatus if s is not VideoStatus.ACTIVE])
def test_only_active_videos_accept_a_layout(status: VideoStatus) -> None:
    message = refused_as(
        ErrorCode.STATE_CONFLICT, admission.crop_and_infer, video(status=status), [REGION], []
    )
    assert status in message


def test_only_a_running_crop_job_makes_way_for_a_new_one() -> None:
    crop = [lock(JobKind.CROP_AND_INFER)]
    assert admission.crop_and_infer(video(), [REGION], crop).crop_region == REGION
    for kind in (JobKind.CAPTIONS_OCR, JobKind.CAPTION_OCR, JobKind.VIDEO_INITIAL_PROCESSING):
        refused_as(
            ErrorCode.STATE_CONFLICT, admission.crop_and_infer, video(), [REGION], [lock(kind)]
        )


def test_every_region_becomes_a_track_with_the_direction_of_its_shape() -> None:
    side = CropRegion(crop_left=0.9, crop_top=0.1, crop_right=1, crop_bottom=0.9)
    wide = video(width=1280, height=720)
    job = admission.crop_and_infer(wide, [REGION, side], [])
    assert job.tracks == [
        CropTrack(crop_region=REGION),
        CropTrack(crop_region=side, direction=WritingDirection.VERTICAL),
    ]
    assert admission.crop_and_infer(wide, [REGION], []) == CropAndInfer(
        video_key=job.video_key, crop_region=REGION
    )


@pytest.mark.parametrize("status", [None, CaptionStatus.QUEUED, CaptionStatus.ERROR])
def test_text_needs_ready_captions(status: CaptionStatus | None) -> None:
    shown = video(caption_status=status)
    refused_as(ErrorCode.STATE_CONFLICT, admission.captions_ocr, shown, [caption(1)])
    refused_as(ErrorCode.STATE_CONFLICT, admission.caption_ocr, shown, caption(1))


def test_a_gap_has_no_text() -> None:
    gap = caption(1, state="gap")
    refused_as(ErrorCode.STATE_CONFLICT, admission.caption_ocr, video(**READY), gap)
    refused_as(ErrorCode.STATE_CONFLICT, admission.chosen, [gap], [1])


def test_an_unknown_caption_is_not_found() -> None:
    refused_as(ErrorCode.NOT_FOUND, admission.chosen, [caption(1)], [1, 2])


@given(st.lists(st.integers(1, 50), min_size=1), st.randoms(use_true_random=False))
def test_equal_requests_are_equal_work(ids: list[int], random: Any) -> None:
    shuffled = ids + ids[:1]
    random.shuffle(shuffled)
    one = admission.captions_ocr(video(**READY), [caption(number) for number in ids])
    other = admission.captions_ocr(video(**READY), [caption(number) for number in shuffled])
    assert one == other
    assert one.caption_ids == sorted(set(ids))


@pytest.mark.parametrize("status", [None, *OcrStatus])
def test_a_caption_that_has_been_read_is_read_anew(status: OcrStatus | None) -> None:
    read = status is OcrStatus.COMPLETED
    shown = caption(1, caption_ocr_status=status)
    assert admission.caption_ocr(video(**READY), shown).anew is read
    assert admission.captions_ocr(video(**READY), [caption(2), shown]).anew is read


def test_force_computes_anew() -> None:
    assert admission.crop_and_infer(video(), [REGION], [], anew=True).anew
    assert admission.caption_ocr(video(**READY), caption(1), anew=True).anew
    assert admission.captions_ocr(video(**READY), [caption(1)], anew=True).anew
    failed = video(status=VideoStatus.ERROR)
    assert admission.failed_stage(failed, [], None, anew=True).anew
    cropped = video(caption_status=CaptionStatus.ERROR)
    assert admission.failed_stage(cropped, [], crop_job(JobState.ERROR), anew=True).anew


def test_the_first_failed_stage_is_tried_again() -> None:
    failed = [caption(1), caption(2, caption_ocr_status=OcrStatus.ERROR)]
    first = admission.failed_stage(video(status=VideoStatus.ERROR), failed, None)
    assert isinstance(first, InitialProcessing)
    second = admission.failed_stage(
        video(caption_status=CaptionStatus.ERROR), failed, crop_job(JobState.ERROR)
    )
    assert second == CropAndInfer(video_key="k", crop_region=REGION)
    third = admission.failed_stage(video(**READY), failed, crop_job(JobState.DONE))
    assert isinstance(third, CaptionsOcr)
    assert third.caption_ids == [2]


@pytest.mark.parametrize("status", [VideoStatus.QUEUED, VideoStatus.PROCESSING, VideoStatus.ACTIVE])
def test_a_retry_without_a_failed_stage_is_refused(status: VideoStatus) -> None:
    refused_as(ErrorCode.STATE_CONFLICT, admission.failed_stage, video(status=status), [], None)

"""Publishing a compute result: all its rows, its usage and the end of its job, or nothing.

Each function works in the caller's transaction and needs the lease of the job.
"""

from collections.abc import Mapping

from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind, tiles
from captionacc_contracts.frames.geometry import FrameRange
from captionacc_contracts.work.compute import (
    CaptionOcrResult,
    CaptionsOcrResult,
    ComputeResult,
    CropInferResult,
    ExtractResult,
    OcrText,
)
from captionacc_contracts.work.states import CaptionStatus, OcrStatus, VideoStatus

from captionacc_supabase.rows import Job, Lease
from captionacc_supabase.session import Session


async def publish_extract(session: Session, lease: Lease, result: ExtractResult) -> Job:
    """Store the size, length and codec of the video, and make the video active.

    Raises:
        TransientError: ``lease_lost``.
        PermanentError: ``cancelled``, ``state_conflict``.
    """
    job = await session.jobs.hold(lease)
    await session.statements.run(
        """
        update captionacc.videos set
            frame_count = $2, full_frame_count = $3, duration_seconds = $4, width = $5,
            height = $6, video_codec = $7, suggested_crop_region = $8
        where id = $1
        """,
        job.video_id,
        result.frame_count,
        result.full_frame_count,
        result.duration_seconds,
        result.width,
        result.height,
        result.video_codec,
        result.suggested_crop_region,
    )
    if not await session.statuses.set_video(job.video_id, VideoStatus.ACTIVE):
        raise _not_processing(job)
    return await _finish(session, job, result)


async def publish_extents(session: Session, lease: Lease, result: CropInferResult) -> Job:
    """Replace the video's captions by the extents and activate the version, last of all.

    Raises:
        TransientError: ``lease_lost``.
        PermanentError: ``result_incomplete`` when the extents do not tile the video or the version
            is not the job's own, ``cancelled``, ``state_conflict``.
    """
    if not tiles(result.extents, result.frame_count):
        raise PermanentError(
            ErrorCode.RESULT_INCOMPLETE,
            f"The extents do not tile the {result.frame_count} frames of the video.",
        )
    job = await session.jobs.hold(lease)
    version = result.cropped_frames_version
    await _replace_captions(session, job, version, result.extents)
    await session.statements.run(
        """
        update captionacc.videos v set
            frame_count = $3, cropped_frames_version = $2, crop_region = c.crop_region
        from captionacc.cropped_frames_versions c
        where v.id = $1 and c.video_id = $1 and c.version = $2
        """,
        job.video_id,
        version,
        result.frame_count,
    )
    if not await session.statuses.set_captions(job.video_id, CaptionStatus.READY):
        raise _not_processing(job)
    session.statuses.announce_captions(job.tenant_id, job.video_id, [], None)
    ended = await _finish(session, job, result)
    await _activate(session, job, result)
    return ended


async def publish_caption_texts(
    session: Session,
    lease: Lease,
    texts: Mapping[int, OcrText],
    result: CaptionOcrResult | CaptionsOcrResult,
) -> Job:
    """Store the texts by caption id; ``result`` holds what the reading used.

    A caption that no longer exists is skipped. The OCR text becomes the caption's text unless a
    person has judged the text or typed another one.

    Raises:
        TransientError: ``lease_lost``.
        PermanentError: ``cancelled``.
    """
    job = await session.jobs.hold(lease)
    ids = list(texts)
    errors = [text.error for text in texts.values()]
    changed = await session.statements.values(
        """
        with read as (
            select c.id, r.* from unnest($2::bigint[], $3::text[], $4::float8[], $5::text[])
                as r (caption_id, ocr, confidence, error)
            join captionacc.captions c on c.id = r.caption_id
            where c.video_id = $1 and c.state <> 'gap'
            order by c.id for update of c
        )
        update captionacc.captions c set
            caption_ocr = case when error is null then ocr else caption_ocr end,
            caption_ocr_confidence =
                case when error is null then read.confidence else caption_ocr_confidence end,
            caption_ocr_status = case when error is null then $6 else $7 end,
            caption_ocr_error = error,
            text = case when error is null and text_status is null
                and (text is null or text = caption_ocr) then ocr else text end
        from read where c.id = read.id
        returning c.id
        """,
        job.video_id,
        ids,
        [text.text for text in texts.values()],
        [text.confidence for text in texts.values()],
        errors,
        OcrStatus.COMPLETED,
        OcrStatus.ERROR,
    )
    failed = {caption_id for caption_id in changed if texts[caption_id].error is not None}
    for status, ids_of_status in (
        (OcrStatus.COMPLETED, set(changed) - failed),
        (OcrStatus.ERROR, failed),
    ):
        if ids_of_status:
            session.statuses.announce_captions(
                job.tenant_id, job.video_id, sorted(ids_of_status), status
            )
    return await _finish(session, job, result)


async def _replace_captions(
    session: Session, job: Job, version: int, extents: list[CaptionExtent]
) -> None:
    await session.statements.run(
        "delete from captionacc.captions where video_id = $1", job.video_id
    )
    ranges = [
        FrameRange(start_frame=extent.start_frame, end_frame=extent.end_frame) for extent in extents
    ]
    await session.statements.run(
        """
        insert into captionacc.captions
            (video_id, tenant_id, cropped_frames_version, start_frame, end_frame, state, confidence)
        select $1, $2, $3, e.start_frame, e.end_frame, e.state, e.confidence
        from unnest($4::int[], $5::int[], $6::text[], $7::float8[])
            as e (start_frame, end_frame, state, confidence)
        order by e.start_frame
        """,
        job.video_id,
        job.tenant_id,
        version,
        [frames.start_frame for frames in ranges],
        [frames.last_frame for frames in ranges],
        ["gap" if extent.kind is ExtentKind.GAP else "predicted" for extent in extents],
        [extent.confidence for extent in extents],
    )


async def _activate(session: Session, job: Job, result: CropInferResult) -> None:
    await session.statements.run(
        """
        update captionacc.cropped_frames_versions set status = 'archived'
        where video_id = $1 and status = 'active'
        """,
        job.video_id,
    )
    activated = await session.statements.value(
        """
        update captionacc.cropped_frames_versions set
            status = 'active', activated_at = now(), frame_count = $4, chunk_count = $5,
            total_bytes = $6, cropped_frames_prefix = $7, extents_key = $8, model_version = $9
        where video_id = $1 and version = $2 and job_id = $3 and status = 'processing'
        returning version
        """,
        job.video_id,
        result.cropped_frames_version,
        job.id,
        result.frame_count,
        result.chunk_count,
        result.total_bytes,
        result.cropped_frames_prefix,
        result.extents_key,
        result.model_version,
    )
    if activated is None:
        raise PermanentError(
            ErrorCode.RESULT_INCOMPLETE,
            f"Version {result.cropped_frames_version} is not one that job {job.id} is writing.",
        )


async def _finish(session: Session, job: Job, result: ComputeResult) -> Job:
    await session.usage.record(job, result)
    return await session.jobs.done(job, result)


def _not_processing(job: Job) -> PermanentError:
    return PermanentError(
        ErrorCode.STATE_CONFLICT,
        f"Video {job.video_id} is not being processed, so the result of job {job.id} was dropped.",
    )

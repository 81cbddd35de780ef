"""Publishing a compute result: all its rows, its usage and the end of its job, or nothing.

An unattended video goes on in the same transaction; see :mod:`captionacc_supabase.going_on`.
Each function works in the caller's transaction and needs the lease of the job.
"""

from collections.abc import Mapping, Sequence

from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.extents import tiles
from captionacc_contracts.frames.tracks import FIRST_TRACK, CropTrack, NoteKind
from captionacc_contracts.work.compute import (
    CaptionOcrResult,
    CaptionsOcrResult,
    ComputeResult,
    CropInferResult,
    ExtractResult,
    OcrText,
)
from captionacc_contracts.work.jobs import CropAndInfer
from captionacc_contracts.work.states import CaptionStatus, OcrStatus, VideoStatus

from captionacc_supabase import replacing
from captionacc_supabase.going_on import go_on
from captionacc_supabase.rows import Job, Lease, VersionTrack
from captionacc_supabase.session import Session


async def publish_extract(session: Session, lease: Lease, result: ExtractResult) -> Job:
    """Store what the extraction found out about the video, and make the video active.

    Raises:
        TransientError: ``lease_lost``.
        PermanentError: ``cancelled``, ``state_conflict``.
    """
    job = await session.jobs.hold(lease)
    await session.statements.run(
        """
        update captionacc.videos set
            frame_count = $2, full_frame_count = $3, duration_seconds = $4, width = $5,
            height = $6, video_codec = $7, suggested_crop_region = $8, suggested_tracks = $9,
            runner_up_tracks = $10, notes = $11, start_seconds = $12
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
        result.suggested_tracks,
        result.runner_up_tracks,
        result.notes,
        result.start_seconds,
    )
    if not await session.statuses.set_video(job.video_id, VideoStatus.ACTIVE):
        raise _not_processing(job)
    ended = await _finish(session, job, result)
    await go_on(session, ended)
    return ended


async def publish_extents(session: Session, lease: Lease, result: CropInferResult) -> Job:
    """Replace the video's captions by the extents and activate the version, last of all.

    The former captions are kept as a version of the captions, and what people did to them is
    carried over.

    Raises:
        TransientError: ``lease_lost``.
        PermanentError: ``result_incomplete`` when the extents of a track do not tile the video, the
            tracks are not those of the job, or the version is not the job's own; ``cancelled``,
            ``state_conflict``.
    """
    for made in result.tracks:
        if not tiles(made.extents, result.frame_count):
            raise PermanentError(
                ErrorCode.RESULT_INCOMPLETE,
                f"The extents of track {made.track} do not tile the {result.frame_count} frames of "
                "the video.",
            )
    job = await session.jobs.hold(lease)
    asked = _asked_tracks(job, result)
    version = result.cropped_frames_version
    extents = {made.track: made.extents for made in result.tracks}
    await replacing.by_extents(session, job, version, extents, asked)
    await session.statements.run(
        """
        update captionacc.videos set
            frame_count = $3, cropped_frames_version = $2, crop_region = $4, tracks = $5
        where id = $1
        """,
        job.video_id,
        version,
        result.frame_count,
        asked[0].crop_region,
        asked,
    )
    if not await session.statuses.set_captions(job.video_id, CaptionStatus.READY):
        raise _not_processing(job)
    session.statuses.announce_captions(job.tenant_id, job.video_id, {}, None)
    ended = await _finish(session, job, result)
    await _activate(session, job, result, asked)
    await go_on(session, ended)
    return ended


def _asked_tracks(job: Job, result: CropInferResult) -> list[CropTrack]:
    """The tracks that the job asks for; those of the result have the same numbers."""
    asked = job.parameters.tracks if isinstance(job.parameters, CropAndInfer) else []
    numbers = list(range(FIRST_TRACK, FIRST_TRACK + len(asked)))
    if [made.track for made in result.tracks] != numbers:
        raise PermanentError(
            ErrorCode.RESULT_INCOMPLETE,
            f"Job {job.id} asks for {len(asked)} tracks, but {len(result.tracks)} came back.",
        )
    return asked


async def publish_caption_texts(
    session: Session,
    lease: Lease,
    texts: Mapping[int, OcrText],
    result: CaptionOcrResult | CaptionsOcrResult,
) -> Job:
    """Store the texts by caption id; ``result`` holds what the reading used.

    A caption that no longer exists is skipped. The OCR text becomes the caption's text unless a
    person has confirmed the caption, judged its text or typed one.

    Raises:
        TransientError: ``lease_lost``.
        PermanentError: ``cancelled``.
    """
    job = await session.jobs.hold(lease)
    ids = list(texts)
    errors = [text.error for text in texts.values()]
    changed = await session.statements.records(
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
            text = case when error is null and text_status is null and not text_edited
                and (text is null or (text = caption_ocr and state <> 'confirmed'))
                then ocr else text end
        from read where c.id = read.id
        returning c.id, c.version
        """,
        job.video_id,
        ids,
        [text.text for text in texts.values()],
        [text.confidence for text in texts.values()],
        errors,
        OcrStatus.COMPLETED,
        OcrStatus.ERROR,
    )
    versions = {row["id"]: row["version"] for row in changed}
    failed = {caption_id for caption_id in versions if texts[caption_id].error is not None}
    for status, ids_of_status in (
        (OcrStatus.COMPLETED, set(versions) - failed),
        (OcrStatus.ERROR, failed),
    ):
        if ids_of_status:
            of_status = {caption_id: versions[caption_id] for caption_id in ids_of_status}
            session.statuses.announce_captions(job.tenant_id, job.video_id, of_status, status)
    if isinstance(result, CaptionsOcrResult):
        await session.videos.replace_notes(job.video_id, NoteKind.UNREAD_SCRIPT, result.notes)
    return await _finish(session, job, result)


async def _activate(
    session: Session, job: Job, result: CropInferResult, asked: Sequence[CropTrack]
) -> None:
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
            total_bytes = $6, cropped_frames_prefix = $7, extents_key = $8, model_version = $9,
            tracks = $10
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
        [
            VersionTrack(
                crop_region=track.crop_region,
                direction=track.direction,
                cropped_frames_prefix=made.cropped_frames_prefix,
                extents_key=made.extents_key,
                chunk_count=made.chunk_count,
                total_bytes=made.total_bytes,
            )
            for track, made in zip(asked, result.tracks, strict=True)
        ],
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

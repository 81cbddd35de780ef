"""The next step of an unattended video, asked for when the step before it has been published."""

from collections.abc import Sequence

from captionacc_contracts.errors import PermanentError
from captionacc_contracts.frames.tracks import CropTrack
from captionacc_contracts.languages.language import language_tag
from captionacc_contracts.limits import LimitReachedError
from captionacc_contracts.work.jobs import (
    CaptionsOcr,
    CropAndInfer,
    InitialProcessing,
    JobParameters,
)
from captionacc_contracts.work.states import CaptionStatus, JobState, VideoStatus
from captionacc_observability.logging import get_logger

from captionacc_supabase.rows import Job, NewJob, Video
from captionacc_supabase.session import Session

_log = get_logger(__name__)


async def go_on(session: Session, after: Job) -> Job | None:
    """Ask for the next step of the job's video, unless a person attends the video.

    The new job has the tier, the score and the tags of ``after``, the video's latest job. Works in
    the caller's transaction, so that the step is asked for if and only if the result of ``after``
    is published. If a limit of the tenant is reached, the video shows the limit, and the reconciler
    calls this again.

    Returns:
        The job of the next step; None if no step is left or none can be asked for now.
    """
    video = await session.videos.get(after.video_id)
    if video is None or not video.unattended:
        return None
    unread = await session.captions.without_text(video.id)
    parameters = next_step(video, after, unread)
    if parameters is None:
        await session.limits.forget_waiting(video.id)
        return None
    try:
        async with session.statements.savepoint():
            job, _created = await session.jobs.enqueue(NewJob.like(after, parameters))
    except LimitReachedError as error:
        await session.limits.note_waiting(video.id, error)
        return None
    _log.info("video_goes_on", job_id=str(job.id), video_id=str(video.id), kind=job.kind)
    return job


def next_step(video: Video, after: Job, unread: Sequence[int]) -> JobParameters | None:
    """Return what a video needs next if no person decides; None if nothing. Pure.

    Args:
        video: The unattended video.
        after: The latest job of the video. The new job computes anew if ``after`` did.
        unread: Ids of the captions without text.
    """
    if video.status is not VideoStatus.ACTIVE or after.state is not JobState.DONE:
        # A person decides what becomes of a step that failed or was cancelled.
        return None
    if video.caption_status is None and isinstance(after.parameters, InitialProcessing):
        tracks = _suggested(video)
        if not tracks:
            # The notes of the video say why no place was found; a person has to look.
            return None
        return CropAndInfer(
            video_key=after.parameters.video_key,
            crop_region=tracks[0].crop_region,
            direction=tracks[0].direction,
            other_tracks=tracks[1:],
            anew=after.parameters.anew,
        )
    version = video.cropped_frames_version
    if (
        video.caption_status is CaptionStatus.READY
        and version is not None
        and unread
        and isinstance(after.parameters, CropAndInfer)
    ):
        try:
            language = language_tag(video.language)
        except PermanentError as error:
            _log.warning("language_not_known", video_id=str(video.id), reason=error.message)
            return None
        return CaptionsOcr(
            caption_ids=sorted(unread),
            cropped_frames_version=version,
            language=language,
            anew=after.parameters.anew,
        )
    return None


def _suggested(video: Video) -> list[CropTrack]:
    """The suggested tracks as tracks to crop, also of a result that has one region only."""
    tracks = [
        CropTrack(crop_region=track.crop_region, direction=track.direction)
        for track in video.suggested_tracks
    ]
    if tracks or video.suggested_crop_region is None:
        return tracks
    return [CropTrack(crop_region=video.suggested_crop_region)]

"""Decides which jobs a video's state allows. Pure: rows in, parameters out."""

from collections.abc import Sequence

import msgspec
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack, direction_of
from captionacc_contracts.languages.language import language_tag
from captionacc_contracts.webhooks import VideoRecord, WebhookEvent
from captionacc_contracts.work.jobs import (
    CaptionOcr,
    CaptionsOcr,
    CropAndInfer,
    JobKind,
    JobParameters,
)
from captionacc_contracts.work.states import (
    CaptionState,
    CaptionStatus,
    JobState,
    OcrStatus,
    VideoStatus,
)
from captionacc_launching.uploads import first_job, video_key
from captionacc_supabase.rows import Caption, DatabaseLock, Job, Video

VIDEOS_TABLE = ("captionacc", "videos")


class Ignored(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that starts nothing, with the reason."""

    reason: str


def admit_webhook(event: WebhookEvent) -> VideoRecord | Ignored:
    """Return the record to look up, or the reason why the webhook is ignored.

    Raises:
        msgspec.ValidationError: An insert into videos lacks a required column.
    """
    if (event.schema, event.table) != VIDEOS_TABLE:
        return Ignored(reason=f"changes of {event.schema}.{event.table} start no work")
    if event.type != "INSERT":
        return Ignored(reason=f"the {event.type} of a video starts no work")
    return msgspec.convert(event.record, VideoRecord)


def _conflict(message: str) -> PermanentError:
    return PermanentError(ErrorCode.STATE_CONFLICT, message)


def crop_and_infer(
    video: Video,
    regions: Sequence[CropRegion],
    locks: Sequence[DatabaseLock],
    *,
    anew: bool = False,
) -> CropAndInfer:
    """Return the parameters of the job for the approved crop regions, one per track.

    A running crop job does not block this one: the newer regions win.

    Raises:
        PermanentError: ``state_conflict``; the video is not active, or a job other than a crop job
            holds its databases. ``object_key_invalid``; see :func:`video_key`.
    """
    if video.status is not VideoStatus.ACTIVE:
        raise _conflict(f"The video is {video.status}; approve its layout when it is active.")
    for lock in locks:
        if lock.kind is not JobKind.CROP_AND_INFER:
            raise _conflict(
                f"The {lock.database_name} database of the video is locked by job {lock.job_id}; "
                "wait for it or cancel it."
            )
    first, *others = [_track(video, region) for region in regions]
    return CropAndInfer(
        video_key=video_key(video),
        crop_region=first.crop_region,
        direction=first.direction,
        other_tracks=others,
        anew=anew,
    )


def _track(video: Video, region: CropRegion) -> CropTrack:
    if video.width is None or video.height is None:
        return CropTrack(crop_region=region)
    direction = direction_of(region, width=video.width, height=video.height)
    return CropTrack(crop_region=region, direction=direction)


def _gap(caption_id: int) -> PermanentError:
    return _conflict(f"Caption {caption_id} is a gap, which has no text; choose a caption.")


def _ready_version(video: Video) -> int:
    if video.caption_status is not CaptionStatus.READY or video.cropped_frames_version is None:
        shown = video.caption_status or "not requested yet"
        raise _conflict(
            f"The captions of the video are {shown}; request their text when they are ready."
        )
    return video.cropped_frames_version


def caption_ocr(
    video: Video, caption: Caption, *, language: str | None = None, anew: bool = False
) -> CaptionOcr:
    """Return the parameters of the job that reads one caption.

    A caption that was read before is read again. ``language`` replaces the language of the video.

    Raises:
        PermanentError: ``state_conflict``; the captions are not ready, or the caption is a gap.
            ``language_invalid``.
    """
    version = _ready_version(video)
    if caption.state == CaptionState.GAP:
        raise _gap(caption.id)
    return CaptionOcr(
        caption_id=caption.id,
        cropped_frames_version=version,
        language=language_tag(language or video.language),
        anew=anew or _was_read(caption),
    )


def captions_ocr(
    video: Video,
    captions: Sequence[Caption],
    *,
    language: str | None = None,
    anew: bool = False,
) -> CaptionsOcr:
    """Return the parameters of the job that reads many captions in one call.

    The call computes again when at least one of the captions was read before. ``language`` replaces
    the language of the video.

    Raises:
        PermanentError: ``state_conflict``; the captions are not ready, or there are none to read.
            ``language_invalid``.
    """
    version = _ready_version(video)
    if not captions:
        raise _conflict("Every caption of the video has text already, so there is nothing to read.")
    return CaptionsOcr(
        caption_ids=sorted({caption.id for caption in captions}),
        cropped_frames_version=version,
        language=language_tag(language or video.language),
        anew=anew or any(map(_was_read, captions)),
    )


def _was_read(caption: Caption) -> bool:
    return caption.caption_ocr_status is OcrStatus.COMPLETED


def chosen(captions: Sequence[Caption], caption_ids: Sequence[int]) -> list[Caption]:
    """Check that each id names a readable caption of the video; return these captions.

    Raises:
        PermanentError: ``not_found``; the video has no caption with such an id.
            ``state_conflict``; one of the captions is a gap.
    """
    known = {caption.id: caption for caption in captions}
    for caption_id in caption_ids:
        if caption_id not in known:
            raise PermanentError(ErrorCode.NOT_FOUND, f"The video has no caption {caption_id}.")
        if known[caption_id].state == CaptionState.GAP:
            raise _gap(caption_id)
    return [known[caption_id] for caption_id in sorted(set(caption_ids))]


def failed_stage(
    video: Video, captions: Sequence[Caption], latest_crop: Job | None, *, anew: bool = False
) -> JobParameters:
    """Return the parameters that repeat the first stage that failed or was cancelled.

    The new job reuses results of earlier attempts unless ``anew`` is set.

    Raises:
        PermanentError: ``state_conflict``; no stage has failed. ``object_key_invalid``; see
            :func:`video_key`. ``language_invalid``.
    """
    if video.status in (VideoStatus.ERROR, VideoStatus.UPLOADED):
        return first_job(video, anew=anew)
    if video.status is VideoStatus.ACTIVE and latest_crop is not None:
        stopped = latest_crop.state in (JobState.ERROR, JobState.CANCELLED)
        if stopped and video.caption_status is not CaptionStatus.READY:
            return msgspec.structs.replace(latest_crop.parameters, anew=anew)
    unread = [caption for caption in captions if caption.caption_ocr_status is OcrStatus.ERROR]
    if unread and video.caption_status is CaptionStatus.READY:
        return captions_ocr(video, unread, anew=anew)
    raise _conflict("No stage of the video has failed, so there is nothing to try again.")

"""Replacing all captions of a video, by new extents or an older version; nothing is lost.

Each function works in the caller's transaction. It keeps the former captions as a version.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.editing.history import Difference, EditKind
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.events import EventKind
from captionacc_contracts.frames.extents import CaptionExtent
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack, Note, NoteKind
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.states import ENDED_JOB_STATES, ReplacementReason

from captionacc_supabase.caption_versions.replacement import carried_over
from captionacc_supabase.caption_versions.restoration import restored
from captionacc_supabase.editing.caption_writes import CaptionWrites, Edit
from captionacc_supabase.rows import Job, Video
from captionacc_supabase.session import Session


async def by_extents(
    session: Session,
    job: Job,
    frames_version: int,
    extents: Mapping[int, Sequence[CaptionExtent]],
    tracks: Sequence[CropTrack],
) -> None:
    """Replace the captions by new extents, and carry over what people did to them.

    Args:
        session: A session whose transaction holds ``job``.
        job: The crop job that found the extents.
        frames_version: The version of the cropped frames in which they were found.
        extents: The extents by number of the track.
        tracks: The tracks in the order of their numbers.
    """
    video = await _video(session, job.video_id)
    former = await session.caption_versions.lock(video.id)
    found = carried_over(
        former,
        _regions(video.approved_tracks),
        extents,
        _regions(tracks),
        removed=await session.caption_versions.removed(video.id),
        first_picture_s=video.start_seconds,
    )
    number = await session.caption_versions.save(
        video, former, ReplacementReason.CROP, job_id=job.id
    )
    await session.caption_versions.replace(video, frames_version, found.rows)
    lost = [] if number is None else _not_carried(video, found.not_carried, number)
    await session.videos.replace_notes(video.id, NoteKind.NOT_CARRIED_OVER, lost)
    if number is not None:
        _announce(session, video, number, ReplacementReason.CROP, found.carried, found.not_carried)


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """``saved_as`` is the version that keeps the captions which were there before."""

    number: int
    saved_as: int | None


async def by_version(session: Session, video_id: UUID, number: int, *, user_id: str) -> Restored:
    """Replace the captions by those of an older version; the others stay in a version too.

    Raises:
        PermanentError: ``not_found``; ``state_conflict`` when a job is finding the captions anew,
            or when a place of the version is no longer one of the video's tracks.
    """
    # Jobs that publish captions, and edits, hold this lock too.
    await session.statements.run(
        "select from captionacc.videos where id = $1 for no key update", video_id
    )
    video = await _video(session, video_id)
    await _require_no_crop(session, video, number)
    version = await session.caption_versions.get(video_id, number)
    if version is None:
        raise PermanentError(
            ErrorCode.NOT_FOUND, f"The video has no version {number} of its captions."
        )
    former = await session.caption_versions.lock(video_id)
    gone = {row.id for row in version.captions} - {row.id for row in former}
    last_versions = await session.edits.history.last_versions(video_id, gone)
    found = restored(
        version.captions,
        _regions(version.tracks),
        former,
        _regions(video.approved_tracks),
        last_version=max(last_versions.values(), default=0),
    )
    if found is None or video.cropped_frames_version is None:
        raise PermanentError(
            ErrorCode.STATE_CONFLICT,
            f"Version {number} has captions of a place that is not searched now; approve the crop "
            "regions of the version first, then restore it.",
        )
    saved_as = await session.caption_versions.save(
        video, former, ReplacementReason.RESTORE, made_by=user_id
    )
    # To the history of the video, a restore is an edit: it can be undone as one.
    difference = Difference.between(
        [row for row in former if row.track in found.tracks], found.rows
    )
    if not difference.is_empty:
        edit = Edit(kind=EditKind.RESTORE, user_id=user_id)
        await CaptionWrites(session.statements, session.announcements).store(
            video, difference, {}, edit
        )
    await session.videos.replace_notes(video_id, NoteKind.NOT_CARRIED_OVER, [])
    _announce(session, video, saved_as, ReplacementReason.RESTORE, [], [])
    return Restored(number=number, saved_as=saved_as)


async def _video(session: Session, video_id: UUID) -> Video:
    video = await session.videos.get(video_id)
    if video is None:
        raise PermanentError(ErrorCode.NOT_FOUND, f"There is no video {video_id}.")
    return video


async def _require_no_crop(session: Session, video: Video, number: int) -> None:
    job = await session.jobs.latest(video.id, JobKind.CROP_AND_INFER)
    if job is not None and job.state not in ENDED_JOB_STATES:
        raise PermanentError(
            ErrorCode.STATE_CONFLICT,
            f"Job {job.id} is finding the captions of the video anew; wait for it or cancel it, "
            f"then restore version {number}.",
        )


def _regions(tracks: Sequence[CropTrack]) -> list[CropRegion]:
    return [track.crop_region for track in tracks]


def _not_carried(video: Video, captions: Sequence[StoredCaption], number: int) -> list[Note]:
    """What to tell people about their captions that only version ``number`` has."""
    if not captions:
        return []
    count = len(captions)
    were = "1 caption that a person" if count == 1 else f"{count} captions that people"
    return [
        Note(
            kind=NoteKind.NOT_CARRIED_OVER,
            message=(
                f"{were} had edited could not be carried over, because the new captions have no "
                f"place for them; version {number} of the captions has them."
            ),
            start_seconds=min(row.starts_at(video.start_seconds) for row in captions),
            end_seconds=max(row.ends_at(video.start_seconds) for row in captions),
        )
    ]


def _announce(
    session: Session,
    video: Video,
    number: int | None,
    reason: ReplacementReason,
    carried: Sequence[StoredCaption],
    not_carried: Sequence[StoredCaption],
) -> None:
    session.announcements.event(
        video.tenant_id,
        EventKind.CAPTIONS_REPLACED,
        {
            "number": number,
            "reason": reason,
            "carried_ids": [row.id for row in carried],
            "not_carried_ids": [row.id for row in not_carried],
        },
        video_id=video.id,
    )

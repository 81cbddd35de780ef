"""Turns database rows into the answers of the API. Pure."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec
from captionacc_contracts.api import (
    JobView,
    Launched,
    LockView,
    UsageView,
    VideoSummary,
    VideoView,
)
from captionacc_contracts.captions import CaptionView, StoredCaption
from captionacc_contracts.final_notes import final_notes
from captionacc_contracts.web.caption_edits import ChangeView, EditedCaptions
from captionacc_contracts.web.waiting import WaitingView
from captionacc_supabase.editing.caption_writes import Edited
from captionacc_supabase.editing.change_rows import ListedChange
from captionacc_supabase.rows import (
    Caption,
    DatabaseLock,
    Job,
    Usage,
    Video,
)
from captionacc_supabase.together.standings import NOBODY, Standing

V = TypeVar("V", bound=msgspec.Struct)


def _shown(row: msgspec.Struct, view: type[V]) -> V:
    """Return a view whose fields are fields of the row by the same names."""
    try:
        return msgspec.convert(row, view, from_attributes=True)
    except msgspec.ValidationError as error:
        # A ValidationError would blame the request, but here the row is at fault.
        message = f"A row of {type(row).__name__} does not fit {view.__name__}: {error}."
        raise TypeError(message) from error


def launched(job: Job) -> Launched:
    """Return the answer to a user who asked for a job."""
    return Launched(
        job_id=job.id, flow_run_id=job.flow_run_id, priority=job.priority, status=job.state
    )


def video_summary(video: Video, standing: Standing = NOBODY) -> VideoSummary:
    """Return the video as a list shows it."""
    return VideoSummary(
        progress=None if video.progress is None else msgspec.to_builtins(video.progress),
        id=video.id,
        display_name=video.display_name,
        status=video.status,
        caption_status=video.caption_status,
        error=video.error,
        size_bytes=video.size_bytes,
        frame_count=video.frame_count,
        full_frame_count=video.full_frame_count,
        duration_seconds=video.duration_seconds,
        width=video.width,
        height=video.height,
        language=video.language,
        suggested_crop_region=video.suggested_crop_region,
        crop_region=video.crop_region,
        cropped_frames_version=video.cropped_frames_version,
        uploaded_at=video.uploaded_at,
        start_seconds=video.start_seconds,
        suggested_tracks=video.suggested_tracks,
        runner_up_tracks=video.runner_up_tracks,
        tracks=video.approved_tracks,
        notes=video.notes,
        visits=standing.visits,
        review=standing.review,
        open_comments=standing.open_comments,
        unattended=video.unattended,
    )


def video_view(
    video: Video,
    *,
    standing: Standing,
    locks: Sequence[DatabaseLock],
    jobs: Sequence[JobView],
    usage: Sequence[Usage],
    doubtful: Sequence[Caption],
    counts: Mapping[int, int],
    waiting: WaitingView | None,
) -> VideoView:
    """Return the video in full, with its locks, jobs, usage, and notes about its captions.

    ``doubtful`` are at least the captions with a low confidence; ``counts`` has the number of all
    captions of each track.
    """
    notes = final_notes(video.notes, doubtful, video.approved_tracks, counts, video.start_seconds)
    return VideoView(
        **msgspec.structs.asdict(video_summary(video, standing)) | {"notes": notes},
        locks=[
            LockView(database=lock.database_name, job_id=lock.job_id, since=lock.since)
            for lock in locks
        ],
        jobs=list(jobs),
        usage=[_shown(used, UsageView) for used in usage],
        waiting=waiting,
    )


def caption_view(video: Video, caption: StoredCaption) -> CaptionView:
    """Return the caption with its times on the clock of the file."""
    row = msgspec.structs.asdict(caption) | {
        "start_seconds": round(caption.starts_at(video.start_seconds), 6),
        "end_seconds": round(caption.ends_at(video.start_seconds), 6),
    }
    return CaptionView(**{name: row[name] for name in CaptionView.__struct_fields__})


def edited_captions(video: Video, edited: Edited) -> EditedCaptions:
    """Return what an edit made of the captions of a video."""
    return EditedCaptions(
        change=edited.change,
        captions=[caption_view(video, row) for row in edited.captions],
        removed_ids=edited.removed_ids,
        refs=edited.ids,
    )


def change_view(video: Video, change: ListedChange) -> ChangeView:
    """Return a change of the history with its rows as captions."""
    return ChangeView(
        number=change.number,
        kind=change.kind,
        made_by=change.made_by,
        made_at=change.made_at,
        undoes=change.undoes,
        undone_by=change.undone_by,
        caption_count=change.caption_count,
        before=[caption_view(video, row) for row in change.before],
        after=[caption_view(video, row) for row in change.after],
    )

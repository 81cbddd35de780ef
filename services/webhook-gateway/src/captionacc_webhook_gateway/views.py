"""Database rows as the API shows them. Pure."""

from collections.abc import Iterable, Sequence

import msgspec
from captionacc_contracts.api import (
    CaptionList,
    CaptionView,
    JobView,
    LockView,
    UsageView,
    VideoSummary,
    VideoView,
)
from captionacc_contracts.frames.frame_index import CROPPED_FRAME_RATE
from captionacc_contracts.subtitles import Cue, shown_text
from captionacc_contracts.work.states import CaptionState
from captionacc_supabase.rows import (
    Caption,
    DatabaseLock,
    JobSummary,
    Usage,
    Video,
)


def video_summary(video: Video) -> VideoSummary:
    return VideoSummary(
        id=video.id,
        display_name=video.display_name,
        status=video.status.value,
        caption_status=video.caption_status,
        error=video.error,
        progress=None if video.progress is None else msgspec.to_builtins(video.progress),
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
    )


def video_view(
    video: Video,
    *,
    locks: Sequence[DatabaseLock],
    jobs: Sequence[JobSummary],
    usage: Sequence[Usage],
) -> VideoView:
    return VideoView(
        **msgspec.structs.asdict(video_summary(video)),
        locks=[
            LockView(database=lock.database_name, job_id=lock.job_id, since=lock.since)
            for lock in locks
        ],
        jobs=[_job_view(job) for job in jobs],
        usage=[
            UsageView(
                function=used.function,
                seconds=used.seconds,
                ocr_units=used.ocr_units,
                peak_memory_mib=used.peak_memory_mib,
                cost=used.cost,
            )
            for used in usage
        ],
    )


def _job_view(job: JobSummary) -> JobView:
    return JobView(
        id=job.id,
        kind=job.kind,
        state=job.state,
        attempt=job.attempt,
        requested_at=job.requested_at,
        flow_run_id=job.flow_run_id,
        started_at=job.started_at,
        ended_at=job.ended_at,
        error=job.error,
    )


def caption_list(video: Video, captions: Sequence[Caption]) -> CaptionList:
    return CaptionList(
        frame_rate=CROPPED_FRAME_RATE,
        frame_count=video.frame_count or 0,
        crop_region=video.crop_region,
        captions=[
            CaptionView(
                id=caption.id,
                start_frame=caption.start_frame,
                end_frame=caption.end_frame,
                state=CaptionState(caption.state),
                confidence=caption.confidence,
                text=caption.text,
                caption_ocr=caption.caption_ocr,
                caption_ocr_confidence=caption.caption_ocr_confidence,
                caption_ocr_status=caption.caption_ocr_status,
                caption_ocr_error=caption.caption_ocr_error,
            )
            for caption in captions
        ],
    )


def cues(captions: Iterable[Caption]) -> list[Cue]:
    """Return the cues of a subtitle file, without gaps; a person's text wins over OCR text."""
    return [
        Cue(
            start_frame=caption.start_frame,
            end_frame=caption.end_frame,
            text=shown_text(caption.text, caption.caption_ocr),
        )
        for caption in captions
        if caption.state != CaptionState.GAP
    ]

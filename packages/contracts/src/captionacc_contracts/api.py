"""Bodies of the gateway's routes."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from captionacc_contracts.captions import CaptionView
from captionacc_contracts.errors import ErrorCode, ErrorReport, PermanentError
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import (
    MOST_TRACKS,
    CropTrack,
    Note,
    SuggestedTrack,
    require_tracks,
)
from captionacc_contracts.web.together import ReviewSummary, VisitView
from captionacc_contracts.web.waiting import WaitingView
from captionacc_contracts.work.cost import CostLine
from captionacc_contracts.work.flows import FlowName
from captionacc_contracts.work.functions import FunctionName
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.states import CaptionStatus, JobState, VideoStatus

# A video of ten hours has fewer captions, and this many ids fit into the limit of a body.
MOST_CAPTION_IDS = 20_000

DatabaseName = Literal["layout", "captions"]
"""A database of a video that one job at a time may write."""


class WebhookAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """A null ``flow_run_id`` means that Prefect is away; a worker makes the run later."""

    flow_run_id: UUID | None
    video_id: UUID
    priority: int
    status: Literal["accepted"] = "accepted"


class WebhookIgnored(msgspec.Struct, frozen=True, kw_only=True):
    reason: str
    status: Literal["ignored"] = "ignored"


class ApproveLayout(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Where the captions are: ``crop_region``, or ``crop_regions`` with one region per track.

    Tracks get their numbers from the order of the regions. There are at most ``MOST_TRACKS``
    regions, and no region may mostly cover another one.

    Raises:
        PermanentError: ``crop_region_invalid`` when both fields or none are given, or the regions
            cannot be tracks.
    """

    crop_region: CropRegion | None = None
    crop_regions: Annotated[list[CropRegion], Meta(min_length=1, max_length=MOST_TRACKS)] | None = (
        None
    )

    def __post_init__(self) -> None:
        if (self.crop_region is None) == (self.crop_regions is None):
            raise PermanentError(
                ErrorCode.CROP_REGION_INVALID,
                "Give either crop_region, for one track, or crop_regions, a list with one region "
                "per track.",
            )
        require_tracks(self.regions)

    @property
    def regions(self) -> list[CropRegion]:
        """The regions of all tracks, in the order of their numbers."""
        return [self.crop_region] if self.crop_region is not None else self.crop_regions or []


class RequestOcr(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Null ``caption_ids`` selects every caption of the video that has no text yet."""

    caption_ids: (
        Annotated[list[int], Meta(min_length=1, max_length=MOST_CAPTION_IDS, examples=[[1, 2, 3]])]
        | None
    ) = None


class Launched(msgspec.Struct, frozen=True, kw_only=True):
    """The job that does the work: a new one, or an equal one that was asked for before."""

    job_id: UUID
    flow_run_id: UUID | None
    priority: int
    status: JobState = JobState.QUEUED


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a job that users see, without its parameters and result."""

    id: UUID
    kind: JobKind
    state: JobState
    attempt: int
    requested_at: datetime
    flow_run_id: UUID | None
    """Null until the job is shown in Prefect."""
    started_at: datetime | None
    ended_at: datetime | None
    error: ErrorReport | None


class UsageView(msgspec.Struct, frozen=True, kw_only=True):
    """What one compute call used: seconds per stage, and its estimated cost.

    ``published`` is false for a call that failed or whose result was dropped.
    """

    function: FunctionName
    seconds: dict[str, float]
    ocr_units: int
    peak_memory_mib: float
    cost: list[CostLine]
    published: bool = True


class VideoSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A video in a list.

    ``progress`` holds the ``stage``, ``done`` and ``total`` of the running work. ``frame_count``
    counts the cropped frames, which are sampled at ``INDICES_PER_SECOND``. ``start_seconds`` is the
    time of the first picture on the clock of the file. ``tracks`` are the approved tracks in the
    order of their numbers; ``crop_region`` is the region of the first one. ``notes`` say what a
    person should look at. ``visits`` are the people who have the video open now, and ``review`` is
    the last step of its review. ``open_comments`` counts those that nobody has resolved.
    ``unattended`` says that each step starts without a person.
    """

    id: UUID
    display_name: str
    status: VideoStatus
    caption_status: CaptionStatus | None
    error: ErrorReport | None
    progress: dict[str, Any] | None
    size_bytes: int | None
    frame_count: int | None
    full_frame_count: int | None
    duration_seconds: float | None
    width: int | None
    height: int | None
    language: str | None
    suggested_crop_region: CropRegion | None
    crop_region: CropRegion | None
    cropped_frames_version: int | None
    uploaded_at: datetime
    start_seconds: float = 0.0
    suggested_tracks: list[SuggestedTrack] = []
    runner_up_tracks: list[SuggestedTrack] = []
    tracks: list[CropTrack] = []
    notes: list[Note] = []
    visits: list[VisitView] = []
    review: ReviewSummary | None = None
    open_comments: int = 0
    unattended: bool = False


class LockView(msgspec.Struct, frozen=True, kw_only=True):
    """A database of the video, ``layout`` or ``captions``, that a running job holds."""

    database: DatabaseName
    job_id: UUID
    since: datetime


class VideoView(VideoSummary, frozen=True, kw_only=True):
    """One video in full: what a list shows, with its locks, jobs and usage.

    ``waiting`` says why the video's next job has not started; null when nothing waits.
    """

    locks: list[LockView]
    jobs: list[JobView]
    usage: list[UsageView]
    waiting: WaitingView | None = None


class VideoList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list; ``total`` counts the videos of all pages."""

    videos: list[VideoSummary]
    total: int
    next: str | None
    """The address of the next page; null on the last page."""


class CaptionList(msgspec.Struct, frozen=True, kw_only=True):
    """Captions and gaps: those of each track cover every frame in ``[0, frame_count)`` once.

    ``crop_region`` is the region of the first of the ``tracks``. ``start_seconds`` is the time of
    frame 0 on the clock of the file. ``next`` is the address of the next page, or null.
    """

    frame_rate: float
    frame_count: int
    crop_region: CropRegion | None
    captions: list[CaptionView]
    tracks: list[CropTrack] = []
    start_seconds: float = 0.0
    next: str | None = None


class VideoStatsUpdated(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event of the live stream in the form that the existing front end reads."""

    video_id: UUID
    flow_name: FlowName
    status: Literal["queued", "started", "progress", "complete", "error", "cancelled"]
    timestamp: datetime


class Cancelled(msgspec.Struct, frozen=True, kw_only=True):
    job_ids: list[UUID]
    status: Literal["cancelled"] = "cancelled"

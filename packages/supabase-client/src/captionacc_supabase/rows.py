"""Rows of the schema ``captionacc`` as structs."""

from datetime import datetime
from uuid import UUID

import msgspec
from captionacc_contracts.api import DatabaseName
from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.errors import ErrorReport
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack, Note, SuggestedTrack
from captionacc_contracts.limits import Waiting
from captionacc_contracts.work.compute import ComputeCall, ComputeResult, Progress
from captionacc_contracts.work.cost import CostLine
from captionacc_contracts.work.functions import FunctionName
from captionacc_contracts.work.jobs import JobKind, JobParameters
from captionacc_contracts.work.states import (
    CaptionStatus,
    JobState,
    VersionStatus,
    VideoStatus,
)
from captionacc_contracts.work.tiers import Tier


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """A customer."""

    id: UUID
    name: str
    tier: Tier
    max_concurrent_jobs: int | None
    """If it is null, the worker's default limit applies."""
    created_at: datetime


class NewVideo(msgspec.Struct, frozen=True, kw_only=True):
    """What the web app inserts."""

    id: UUID
    tenant_id: UUID
    display_name: str
    size_bytes: int | None = None
    language: str | None = None
    storage_key: str | None = None
    sha256: str | None = None
    size_checked: bool = False
    """Whether ``size_bytes`` is that of the object. Only the services may say so."""
    unattended: bool = False
    """Whether the suggested tracks are approved and the captions read without a person."""


class Video(msgspec.Struct, frozen=True, kw_only=True):
    """``frame_count`` is at 10 Hz; ``progress`` belongs to the job that runs now.

    ``size_checked`` says whether ``size_bytes`` is that of the object in the store.
    ``tracks`` and ``suggested_tracks`` are empty in rows from before there were tracks.
    """

    id: UUID
    tenant_id: UUID
    display_name: str
    size_bytes: int | None
    language: str | None
    storage_key: str | None
    status: VideoStatus
    caption_status: CaptionStatus | None
    error: ErrorReport | None
    progress: Progress | None
    frame_count: int | None
    full_frame_count: int | None
    duration_seconds: float | None
    width: int | None
    height: int | None
    video_codec: str | None
    suggested_crop_region: CropRegion | None
    crop_region: CropRegion | None
    cropped_frames_version: int | None
    uploaded_at: datetime
    start_seconds: float
    suggested_tracks: list[SuggestedTrack]
    runner_up_tracks: list[SuggestedTrack]
    tracks: list[CropTrack]
    notes: list[Note]
    size_checked: bool = False
    waiting: Waiting | None = None
    """Why the first job, or the next job of an unattended video, has not been asked for."""
    unattended: bool = False

    @property
    def checked_size_bytes(self) -> int | None:
        """The size of the object; null as long as nobody but the client has said it."""
        return self.size_bytes if self.size_checked else None

    @property
    def approved_tracks(self) -> list[CropTrack]:
        """The approved tracks in the order of their numbers, also of an older row."""
        if self.tracks or self.crop_region is None:
            return self.tracks
        return [CropTrack(crop_region=self.crop_region)]


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """The right to write a running job."""

    job_id: UUID
    owner: str
    """The worker that runs the job."""
    token: int
    """The fencing token, which every write of the job names."""
    expires_at: datetime


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job to insert; its kind follows from the type of the parameters."""

    video_id: UUID
    tenant_id: UUID
    parameters: JobParameters
    tier: Tier
    static_score: float
    priority: int
    ageing: bool = True
    base_override: float | None = None
    policy_number: int = 0
    tags: list[str] = []

    @classmethod
    def like(cls, job: "Job", parameters: JobParameters | None = None) -> "NewJob":
        """A job of the same video with the same score, tier and tags; without parameters, it does
        the same work."""
        return cls(
            video_id=job.video_id,
            tenant_id=job.tenant_id,
            parameters=job.parameters if parameters is None else parameters,
            tier=job.tier,
            static_score=job.static_score,
            priority=job.priority,
            ageing=job.ageing,
            base_override=job.base_override,
            policy_number=job.policy_number,
            tags=job.tags,
        )


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work; ``lease`` is set while it runs.

    ``started_at`` is the start of the first attempt. ``base_override`` replaces the points of the
    tier. ``policy_number`` names the policy that gave the static score; 0 is the policy of the
    priority service's settings.
    """

    id: UUID
    kind: JobKind
    video_id: UUID
    tenant_id: UUID
    input_digest: str
    parameters: JobParameters
    tier: Tier
    static_score: float
    priority: int
    ageing: bool
    requested_at: datetime
    state: JobState
    attempt: int
    not_before: datetime | None
    cancel_requested: bool
    flow_run_id: UUID | None
    lease: Lease | None
    compute_call: ComputeCall | None
    result: ComputeResult | None
    error: ErrorReport | None
    tags: list[str]
    started_at: datetime | None
    ended_at: datetime | None
    base_override: float | None = None
    policy_number: int = 0
    video_name: str | None = None
    """What the person called the video; only queries for the job's flow run read it."""


class QueueHead(msgspec.Struct, frozen=True, kw_only=True):
    """A head of the queue: a waiting job that stands for all jobs that always rank behind it."""

    job_id: UUID
    tenant_id: UUID
    static_score: float
    ageing: bool
    requested_at: datetime


class RunningJobs(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs of a kind run now that waited in the same queue."""

    kind: JobKind
    static_score: float
    ageing: bool
    count: int


class DatabaseLock(msgspec.Struct, frozen=True, kw_only=True):
    """A running job's hold on a video's ``layout`` or ``captions`` database."""

    video_id: UUID
    tenant_id: UUID
    database_name: DatabaseName
    job_id: UUID
    kind: JobKind
    lease_owner: str
    since: datetime
    lease_expires_at: datetime


class Caption(StoredCaption, frozen=True, kw_only=True):
    """A caption or gap, with the video that it belongs to."""

    video_id: UUID
    tenant_id: UUID
    cropped_frames_version: int


class VersionTrack(CropTrack, frozen=True, kw_only=True):
    """A track of a version; counts and keys are set when the version becomes active."""

    cropped_frames_prefix: str | None = None
    extents_key: str | None = None
    chunk_count: int | None = None
    total_bytes: int | None = None


class CroppedFramesVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of cropped frames; counts and keys are set when the version becomes active.

    Region, counts and keys are those of the first track; ``tracks`` has those of all tracks, and is
    empty in rows from before there were tracks.
    """

    video_id: UUID
    version: int
    tenant_id: UUID
    job_id: UUID
    status: VersionStatus
    crop_region: CropRegion
    frame_count: int | None
    chunk_count: int | None
    total_bytes: int | None
    cropped_frames_prefix: str | None
    extents_key: str | None
    model_version: str | None
    created_at: datetime
    activated_at: datetime | None
    tracks: list[VersionTrack]


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What one compute call used, and its estimated cost.

    ``call_id`` is null in rows from before usage was recorded once per call.
    """

    call_id: str | None

    id: int
    tenant_id: UUID
    video_id: UUID
    job_id: UUID
    function: FunctionName
    seconds: dict[str, float]
    ocr_units: int
    ocr_engine: str | None
    peak_memory_mib: float
    device: str
    cost: list[CostLine]
    estimated_usd: float
    created_at: datetime
    published: bool

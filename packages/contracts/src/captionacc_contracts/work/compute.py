"""What the compute functions take and what they return.

A call is keyed by the digest of its function and its arguments, so that equal work is paid once.
"""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from captionacc_contracts.frames.extents import CaptionExtent
from captionacc_contracts.frames.frame_index import FULL_FRAME_RATE
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import (
    FIRST_TRACK,
    CropTrack,
    Note,
    SuggestedTrack,
    TrackRange,
    WritingDirection,
)
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.object_keys import parse_chunks_prefix
from captionacc_contracts.work.functions import FunctionName


class CallKey(msgspec.Struct, frozen=True, kw_only=True):
    """The part of every request that only its key needs.

    ``computed_by`` names the versions of model and engine, so that a new version computes anew.
    ``for_job`` is set when a person asks for work to be done anew: the call belongs to that job
    alone, and no stored result of another job serves.
    """

    computed_by: str | None = None
    for_job: UUID | None = None


class ExtractRequest(
    CallKey, frozen=True, kw_only=True, tag=FunctionName.EXTRACT_FRAMES_AND_OCR.value
):
    """Arguments of ``extract_frames_and_ocr``. ``language`` is a BCP 47 hint such as ``zh``."""

    video_key: str
    tenant_id: TenantId
    video_id: VideoId
    frame_rate: float = FULL_FRAME_RATE
    language: str | None = None


class CropInferRequest(CallKey, frozen=True, kw_only=True, tag=FunctionName.CROP_AND_INFER.value):
    """Arguments of ``crop_and_infer_caption_frame_extents``.

    ``cropped_frames_version`` was allocated in Postgres and never changes for a job.
    ``crop_region`` and ``direction`` are the first track's; ``other_tracks`` follow it.
    """

    video_key: str
    tenant_id: TenantId
    video_id: VideoId
    crop_region: CropRegion
    frame_rate: float
    cropped_frames_version: int
    direction: WritingDirection = WritingDirection.HORIZONTAL
    other_tracks: list[CropTrack] = []

    @property
    def tracks(self) -> list[CropTrack]:
        """All tracks, in the order of their numbers."""
        first = CropTrack(crop_region=self.crop_region, direction=self.direction)
        return [first, *self.other_tracks]


class CaptionOcrRequest(
    CallKey, frozen=True, kw_only=True, tag=FunctionName.GENERATE_CAPTION_OCR.value
):
    """Arguments of ``generate_caption_ocr``; ``end_frame`` is exclusive."""

    chunks_prefix: str
    start_frame: int
    end_frame: int
    language: str | None = None


class CaptionsOcrRequest(
    CallKey, frozen=True, kw_only=True, tag=FunctionName.GENERATE_CAPTIONS_OCR.value
):
    """Arguments of ``generate_captions_ocr``: many ranges of one video.

    ``chunks_prefix`` is that of the first track; each range says which track it is of.
    """

    chunks_prefix: str
    ranges: list[TrackRange]
    language: str | None = None


ComputeRequest = ExtractRequest | CropInferRequest | CaptionOcrRequest | CaptionsOcrRequest


class Hardware(msgspec.Struct, frozen=True, kw_only=True):
    """What a call runs on; ``gpu`` is a name of the price list, or ``None`` without a GPU.

    ``memory_mib`` is the memory that is reserved for the call; ``None`` when nothing is reserved.
    """

    gpu: str | None = None
    cpu_cores: float | None = None
    memory_mib: int | None = None


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What a call used, so that cost is computed from what happened.

    ``seconds`` maps stage names to wall seconds; ``cpu_seconds`` are processor seconds of all the
    stages together, 0 when they were not measured. ``peak_memory_mib`` is of the calling process.
    ``ocr_units`` are images that the cloud engine bills, or would have billed for the same
    pictures. ``call_id`` names the call that did the work: a stored result that serves again keeps
    it, so that its usage is recorded once.
    """

    seconds: dict[str, float]
    cpu_seconds: float = 0.0
    call_id: str = msgspec.field(default_factory=lambda: uuid4().hex)
    hardware: Hardware = Hardware()
    ocr_units: int = 0
    ocr_engine: str | None = None
    peak_memory_mib: float = 0.0
    device: str = "cpu"


class ExtractResult(
    msgspec.Struct, frozen=True, kw_only=True, tag=FunctionName.EXTRACT_FRAMES_AND_OCR.value
):
    """``frame_count`` is at 10 Hz; ``full_frame_count`` frames were stored at ``frame_rate``.

    Sizes are of the displayed picture in square pixels. ``start_seconds`` is the time from the
    start of the file, as players count it, to the first picture, which has grid index 0.
    ``suggested_tracks`` is empty when the video shows no captions; ``suggested_crop_region`` is the
    region of the first track. ``runner_up_tracks`` are places that may hold captions, but probably
    do not. Both lists begin with the surest place. ``failed_ocr_count`` frames could not be read.
    """

    frame_count: int
    full_frame_count: int
    duration_seconds: float
    width: int
    height: int
    video_codec: str
    ocr_box_count: int
    failed_ocr_count: int
    suggested_crop_region: CropRegion | None
    raw_ocr_key: str
    layout_key: str
    measured: Measured
    suggested_tracks: list[SuggestedTrack] = []
    runner_up_tracks: list[SuggestedTrack] = []
    notes: list[Note] = []
    version: int = 1
    start_seconds: float = 0.0


class TrackExtents(msgspec.Struct, frozen=True, kw_only=True):
    """Chunks and extents of one track; ``extents`` tile ``[0, frame_count)`` of the video."""

    track: int
    chunk_count: int
    total_bytes: int
    cropped_frames_prefix: str
    extents_key: str
    label_counts: dict[str, int]
    extents: list[CaptionExtent]


class CropInferResult(
    msgspec.Struct, frozen=True, kw_only=True, tag=FunctionName.CROP_AND_INFER.value
):
    """``extents`` tile ``[0, frame_count)``; ``label_counts`` counts forward pair labels.

    Chunks and extents are those of the first track; ``other_tracks`` holds those that follow it.
    """

    cropped_frames_version: int
    frame_count: int
    chunk_count: int
    total_bytes: int
    cropped_frames_prefix: str
    extents_key: str
    model_version: str
    label_counts: dict[str, int]
    extents: list[CaptionExtent]
    measured: Measured
    other_tracks: list[TrackExtents] = []
    version: int = 1

    @property
    def tracks(self) -> list[TrackExtents]:
        """All tracks, in the order of their numbers."""
        first = TrackExtents(
            track=FIRST_TRACK,
            chunk_count=self.chunk_count,
            total_bytes=self.total_bytes,
            cropped_frames_prefix=self.cropped_frames_prefix,
            extents_key=self.extents_key,
            label_counts=self.label_counts,
            extents=self.extents,
        )
        return [first, *self.other_tracks]


class OcrText(msgspec.Struct, frozen=True, kw_only=True):
    """Text of one range; lines are joined by a newline. ``error`` says why the text is missing."""

    text: str
    confidence: float
    error: str | None = None


class CaptionOcrResult(
    msgspec.Struct, frozen=True, kw_only=True, tag=FunctionName.GENERATE_CAPTION_OCR.value
):
    ocr_text: str
    confidence: float
    measured: Measured
    version: int = 1


class CaptionsOcrResult(
    msgspec.Struct, frozen=True, kw_only=True, tag=FunctionName.GENERATE_CAPTIONS_OCR.value
):
    """One text per range, in the order of the request."""

    texts: list[OcrText]
    measured: Measured
    notes: list[Note] = []
    version: int = 1


ComputeResult = ExtractResult | CropInferResult | CaptionOcrResult | CaptionsOcrResult


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Says which call does the work of a digest; only a failed or cancelled call loses it."""

    call_id: str
    function: FunctionName
    digest: str


class Yielded(msgspec.Struct, frozen=True, kw_only=True, tag="yielded"):
    """What a call returns when another call does the same work already.

    The worker then waits for the other call, ``call_id``.
    """

    call_id: str


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a call is."""

    stage: str
    done: int
    """Finished units of the stage, such as frames."""
    total: int


class ComputeCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call that was started, as the job's row holds it.

    A worker that takes the job over attaches to this call. ``started_at`` is when the first worker
    asked for it; ``None`` in rows from before it was kept.
    """

    call_id: str
    function: FunctionName
    digest: str
    started_at: datetime | None = None


def function_of(request: ComputeRequest) -> FunctionName:
    """The function that a request is for."""
    return FunctionName(str(request.__struct_config__.tag))


def arguments_of(request: ComputeRequest) -> dict[str, Any]:
    """Keyword arguments for the function, as Python objects."""
    return msgspec.structs.asdict(request)


def digest_of(request: ComputeRequest) -> str:
    """The key under which a call is paid once: a digest of its function and its arguments.

    The arguments include the versions of model and engine; see :class:`CallKey`.
    """
    # Decoding first makes 0 and 0.0 the same argument, as they are after a trip through a row.
    canonical = msgspec.json.decode(msgspec.json.encode(request), type=type(request))
    return hashlib.sha256(msgspec.json.encode(canonical, order="deterministic")).hexdigest()


def owner_of(request: ComputeRequest) -> tuple[TenantId, VideoId]:
    """The tenant and the video that a request works for."""
    match request:
        case ExtractRequest() | CropInferRequest():
            return request.tenant_id, request.video_id
        case CaptionOcrRequest() | CaptionsOcrRequest():
            tenant, video, _ = parse_chunks_prefix(request.chunks_prefix)
            return tenant, video

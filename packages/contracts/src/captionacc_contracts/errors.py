"""The two error families that cross our boundaries, and their codes.

Code raises ``TransientError`` (the same call may succeed later) or ``PermanentError`` (it fails
again until somebody changes something), never ``CaptionAccError`` itself. Both errors pass all
their arguments to ``Exception`` so that they survive pickling.
"""

from enum import StrEnum
from typing import Any

import msgspec


class ErrorCode(StrEnum):
    """Stable names of what went wrong; shown to users and stored on rows."""

    # The upload cannot be opened or decoded as a video.
    VIDEO_UNREADABLE = "video_unreadable"
    # The upload has no video stream or no decodable picture.
    VIDEO_WITHOUT_PICTURES = "video_without_pictures"
    # The upload is larger or longer than the limits allow.
    VIDEO_TOO_LARGE = "video_too_large"
    # An object that should be in the store is missing.
    OBJECT_MISSING = "object_missing"
    # A key is malformed or lies outside the tenant's prefix.
    OBJECT_KEY_INVALID = "object_key_invalid"
    # A crop region is empty or reaches outside the picture.
    CROP_REGION_INVALID = "crop_region_invalid"
    # A text that should name a language names none.
    LANGUAGE_INVALID = "language_invalid"
    # A range of frames is empty or lies outside the frames of the video.
    FRAME_RANGE_INVALID = "frame_range_invalid"
    # A stored file has another format or version than expected.
    FILE_FORMAT_INVALID = "file_format_invalid"
    # The weights of the model are missing or do not match the code.
    MODEL_INVALID = "model_invalid"
    # The OCR engine is not set up, does not answer or is overloaded.
    OCR_UNAVAILABLE = "ocr_unavailable"
    # The OCR engine refused the request or returned an unusable answer.
    OCR_FAILED = "ocr_failed"
    # A call ran longer than its time limit.
    COMPUTE_TIMEOUT = "compute_timeout"
    # A call disappeared without a result.
    COMPUTE_LOST = "compute_lost"
    # A call was cancelled.
    COMPUTE_CANCELLED = "compute_cancelled"
    # The compute platform does not answer.
    COMPUTE_UNREACHABLE = "compute_unreachable"
    # A result lacks frames or objects, cannot be read, or contradicts itself.
    RESULT_INCOMPLETE = "result_incomplete"
    # A row does not exist, or belongs to another tenant.
    NOT_FOUND = "not_found"
    # The state of the rows does not allow the request.
    STATE_CONFLICT = "state_conflict"
    # The worker no longer holds the lease of the job.
    LEASE_LOST = "lease_lost"
    # Somebody cancelled the job.
    CANCELLED = "cancelled"
    # The object store does not answer or failed.
    STORE_UNAVAILABLE = "store_unavailable"
    # Postgres does not answer, or gave up on a statement that may succeed later.
    DATABASE_UNAVAILABLE = "database_unavailable"
    # All attempts of the job failed or stopped unexpectedly.
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    # A format cannot show what is asked for.
    EXPORT_INVALID = "export_invalid"
    # Any other failure: a bug or a wrong set-up.
    INTERNAL = "internal"
    # A caption has another version than the request names: somebody changed it meanwhile.
    CAPTION_CHANGED = "caption_changed"
    # A request that changes a caption does not name the version that the person saw.
    VERSION_REQUIRED = "version_required"
    # Exact times do not fit to the frames of the caption or to its neighbours.
    CAPTION_TIMES_INVALID = "caption_times_invalid"
    # The store lacks parts of an upload, or has parts of another size.
    UPLOAD_INCOMPLETE = "upload_incomplete"
    # The request would go past a limit of the tenant.
    LIMIT_REACHED = "limit_reached"


class CaptionAccError(Exception):
    """Base of the two error families; ``message`` is a sentence for a person."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class TransientError(CaptionAccError):
    """The same call may succeed later; retried with back-off."""


class PermanentError(CaptionAccError):
    """The same call fails again until its input or the set-up changes; never retried."""


class ErrorReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a row's ``error`` column holds."""

    code: ErrorCode
    message: str
    stage: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 problem document; ``code`` and ``limit`` are extension members.

    ``limit`` is the ``LimitReached`` that refused the request.
    """

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    instance: str | None = None
    code: ErrorCode | None = None
    limit: dict[str, Any] | None = None

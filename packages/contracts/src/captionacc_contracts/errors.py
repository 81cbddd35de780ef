"""The two error families that cross our boundaries, and their codes.

``CaptionAccError`` is raised as one of its two kinds: ``TransientError`` (the same call may
succeed later) and ``PermanentError`` (it will not until somebody changes something). Both pass
all their arguments to ``Exception`` so that they survive pickling.
"""

from enum import StrEnum

import msgspec


class ErrorCode(StrEnum):
    """Stable names of what went wrong; shown to users and stored on rows."""

    VIDEO_UNREADABLE = "video_unreadable"
    VIDEO_WITHOUT_PICTURES = "video_without_pictures"
    VIDEO_TOO_LARGE = "video_too_large"
    OBJECT_MISSING = "object_missing"
    OBJECT_KEY_INVALID = "object_key_invalid"
    CROP_REGION_INVALID = "crop_region_invalid"
    FRAME_RANGE_INVALID = "frame_range_invalid"
    FILE_FORMAT_INVALID = "file_format_invalid"
    MODEL_INVALID = "model_invalid"
    OCR_UNAVAILABLE = "ocr_unavailable"
    OCR_FAILED = "ocr_failed"
    COMPUTE_TIMEOUT = "compute_timeout"
    COMPUTE_LOST = "compute_lost"
    COMPUTE_CANCELLED = "compute_cancelled"
    COMPUTE_UNREACHABLE = "compute_unreachable"
    RESULT_INCOMPLETE = "result_incomplete"
    NOT_FOUND = "not_found"
    STATE_CONFLICT = "state_conflict"
    LEASE_LOST = "lease_lost"
    CANCELLED = "cancelled"
    STORE_UNAVAILABLE = "store_unavailable"
    DATABASE_UNAVAILABLE = "database_unavailable"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    INTERNAL = "internal"


class CaptionAccError(Exception):
    """Base of every error of ours; ``message`` is a sentence for a person."""

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
    """RFC 9457 problem document; ``code`` is our extension member."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    instance: str | None = None
    code: str | None = None

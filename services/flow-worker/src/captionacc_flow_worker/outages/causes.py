"""Which service an error speaks of. Pure."""

from captionacc_contracts.errors import CaptionAccError, ErrorCode
from captionacc_contracts.work.dependencies import Dependency

_CAUSES = {
    ErrorCode.DATABASE_UNAVAILABLE: Dependency.DATABASE,
    ErrorCode.STORE_UNAVAILABLE: Dependency.OBJECT_STORE,
    # A lost call may also be the fault of its video, such as one that needs too much memory. The
    # probe tells.
    ErrorCode.COMPUTE_LOST: Dependency.COMPUTE,
    ErrorCode.COMPUTE_UNREACHABLE: Dependency.COMPUTE,
    ErrorCode.OCR_UNAVAILABLE: Dependency.OCR,
}


def dependency_of(error: BaseException) -> Dependency | None:
    """The service that may be away if an attempt ended with ``error``.

    Permanent errors count too: credentials that are refused, or a missing bucket, are no fault of a
    video.
    """
    return _CAUSES.get(error.code) if isinstance(error, CaptionAccError) else None

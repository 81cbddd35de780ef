"""Messages about errors that people may read: they hold no key, path, address or class name.

The full message of an error is for the log. It may name internals, which help an operator, tell a
customer nothing, and could help an attacker.
"""

import re

from captionacc_contracts.errors import ErrorCode

_INTERNAL = re.compile(
    r"""
    [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/  # a key of the store
    | /(client|server)/
    | (^|[\s'"(=])/[\w.-]+(/|\b)                # a path
    | \w\.(json|gz|log|webm|partial|py)\b       # a file of ours
    | \w://                                     # an address
    | \b\d{1,3}(\.\d{1,3}){3}\b
    | \b[A-Z]\w*(Error|Exception|Exit|Interrupt|Failure|Timeout)\b  # a class
    | \b[A-Z]{2,}(_[A-Z0-9]+)+\b                # a setting
    | \b[a-z]\w*(\.\w+)+\(                      # a call in code
    """,
    re.VERBOSE,
)

_AGAIN = "Request the work again to retry; tell support if it fails again."

SENTENCES = {
    ErrorCode.VIDEO_UNREADABLE: "The file cannot be read as a video; upload another one.",
    ErrorCode.VIDEO_WITHOUT_PICTURES: "The file has no pictures; upload another one.",
    ErrorCode.VIDEO_TOO_LARGE: "The video is larger or longer than the limits allow.",
    ErrorCode.OBJECT_MISSING: "A file of this video is missing; upload the video again.",
    ErrorCode.OBJECT_KEY_INVALID: "The place of the video in the object store is not valid.",
    ErrorCode.CROP_REGION_INVALID: "The crop region is not valid; approve another one.",
    ErrorCode.LANGUAGE_INVALID: "The language is not valid; use a tag such as zh or en.",
    ErrorCode.FRAME_RANGE_INVALID: "The range of frames is not valid for this video.",
    ErrorCode.FILE_FORMAT_INVALID: f"A stored file of this video cannot be read. {_AGAIN}",
    ErrorCode.MODEL_INVALID: "The service is set up wrongly; tell support.",
    ErrorCode.OCR_UNAVAILABLE: f"The OCR service did not answer. {_AGAIN}",
    ErrorCode.OCR_FAILED: f"The text could not be read. {_AGAIN}",
    ErrorCode.COMPUTE_TIMEOUT: f"The work took longer than it may. {_AGAIN}",
    ErrorCode.COMPUTE_LOST: f"The work was interrupted. {_AGAIN}",
    ErrorCode.COMPUTE_CANCELLED: "The work was cancelled.",
    ErrorCode.COMPUTE_UNREACHABLE: f"The compute platform did not answer. {_AGAIN}",
    ErrorCode.RESULT_INCOMPLETE: f"The result of the work was not complete. {_AGAIN}",
    ErrorCode.NOT_FOUND: "What the request names does not exist.",
    ErrorCode.STATE_CONFLICT: "The state of the video does not allow this now.",
    ErrorCode.LEASE_LOST: f"The work was interrupted. {_AGAIN}",
    ErrorCode.CANCELLED: "The work was cancelled.",
    ErrorCode.STORE_UNAVAILABLE: f"The object store did not answer. {_AGAIN}",
    ErrorCode.DATABASE_UNAVAILABLE: "The database did not answer; try again in a moment.",
    ErrorCode.ATTEMPTS_EXHAUSTED: f"The work was interrupted too often. {_AGAIN}",
    ErrorCode.EXPORT_INVALID: "The format cannot show what the request asks for.",
    ErrorCode.INTERNAL: f"An internal error stopped the work. {_AGAIN}",
    ErrorCode.CAPTION_CHANGED: "Somebody changed the caption meanwhile; load it again.",
    ErrorCode.VERSION_REQUIRED: "The request must name the version of the caption that it changes.",
    ErrorCode.CAPTION_TIMES_INVALID: "The times do not fit to the caption or to its neighbours.",
    ErrorCode.UPLOAD_INCOMPLETE: "The upload is not complete; send the missing parts.",
    ErrorCode.LIMIT_REACHED: "The request would go past a limit of the tenant.",
}
"""One sentence per code, for an error whose own message names internals."""


def plain_message(code: ErrorCode, message: str) -> str:
    """``message`` if people may read it, and otherwise the sentence of its code."""
    return SENTENCES[code] if not message or _INTERNAL.search(message) else message

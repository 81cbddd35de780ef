"""Errors of the gateway as RFC 9457 problem documents, each with its HTTP status."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import msgspec
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    PermanentError,
    TransientError,
)
from captionacc_contracts.limits import (
    BudgetReachedError,
    LimitReached,
    LimitReachedError,
    RateLimitReachedError,
)
from captionacc_contracts.plain_messages import plain_message
from captionacc_contracts.web.caption_edits import CaptionChangedProblem
from captionacc_http.problems import (
    COMMON_HANDLERS,
    PROBLEM_JSON,
    problem,
    title_of,
    unexpected,
)
from captionacc_http.raises import Cause
from captionacc_observability.logging import get_logger
from litestar import Request, Response
from litestar.exceptions import ValidationException

from captionacc_webhook_gateway.errors import (
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    StaleVersionError,
    TooManyRequestsError,
    TooManyStreamsError,
    UnauthenticatedError,
)

RETRY_AFTER_S = 5
# Nobody knows when a waiting job starts. Jobs of a minute are common.
UNKNOWN_RETRY_S = 60

_STATUS_OF_CODE: Mapping[ErrorCode, HTTPStatus] = {
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.STATE_CONFLICT: HTTPStatus.CONFLICT,
    ErrorCode.CROP_REGION_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.FRAME_RANGE_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.OBJECT_KEY_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.LANGUAGE_INVALID: HTTPStatus.BAD_REQUEST,
    ErrorCode.CAPTION_TIMES_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.VERSION_REQUIRED: HTTPStatus.PRECONDITION_REQUIRED,
    ErrorCode.CAPTION_CHANGED: HTTPStatus.PRECONDITION_FAILED,
    ErrorCode.EXPORT_INVALID: HTTPStatus.BAD_REQUEST,
    ErrorCode.UPLOAD_INCOMPLETE: HTTPStatus.CONFLICT,
    ErrorCode.VIDEO_UNREADABLE: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.VIDEO_TOO_LARGE: HTTPStatus.UNPROCESSABLE_ENTITY,
}
_STATUS_OF_ERROR: Mapping[type[Exception], HTTPStatus] = {
    UnauthenticatedError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    InvalidRequestError: HTTPStatus.UNPROCESSABLE_ENTITY,
    RateLimitReachedError: HTTPStatus.TOO_MANY_REQUESTS,
    BudgetReachedError: HTTPStatus.PAYMENT_REQUIRED,
    TooManyRequestsError: HTTPStatus.TOO_MANY_REQUESTS,
    TooManyStreamsError: HTTPStatus.TOO_MANY_REQUESTS,
    msgspec.ValidationError: HTTPStatus.UNPROCESSABLE_ENTITY,
}

_log = get_logger(__name__)


def _refused(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    status = next(found for kind, found in _STATUS_OF_ERROR.items() if isinstance(error, kind))
    retry_after = error.retry_after_s if isinstance(error, TooManyRequestsError) else RETRY_AFTER_S
    headers = {
        HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
        HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": str(retry_after)},
    }.get(status)
    return problem(request, status, str(error), headers=headers)


def _permanent(request: Request[Any, Any, Any], error: PermanentError) -> Response[bytes]:
    status = _STATUS_OF_CODE.get(error.code)
    if status is None:
        return unexpected(request, error)
    return problem(request, status, plain_message(error.code, error.message), code=error.code)


def _limit_reached(request: Request[Any, Any, Any], error: LimitReachedError) -> Response[bytes]:
    reached = error.reached
    is_rate = isinstance(error, RateLimitReachedError)
    return problem(
        request,
        _STATUS_OF_ERROR[type(error)],
        error.message,
        code=error.code,
        limit=msgspec.to_builtins(reached),
        headers={"Retry-After": str(_seconds_until_free(reached))} if is_rate else None,
    )


def _seconds_until_free(reached: LimitReached) -> int:
    if reached.free_at is None:
        return UNKNOWN_RETRY_S
    left = (reached.free_at - datetime.now(UTC)).total_seconds()
    # Rounded up, so that a client that waits exactly this long is not refused again.
    return max(1, math.ceil(left))


def _transient(request: Request[Any, Any, Any], error: TransientError) -> Response[bytes]:
    _log.warning("request_not_served", path=request.url.path, code=error.code, reason=error.message)
    return problem(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        plain_message(error.code, error.message),
        code=error.code,
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def _stale(request: Request[Any, Any, Any], error: StaleVersionError) -> Response[bytes]:
    status = HTTPStatus.PRECONDITION_FAILED
    document = CaptionChangedProblem(
        title=title_of(status),
        status=status,
        detail=error.message,
        instance=request.url.path,
        code=ErrorCode.CAPTION_CHANGED,
        captions=error.captions,
    )
    return Response(msgspec.json.encode(document), status_code=status, media_type=PROBLEM_JSON)


def _malformed(request: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    # StrictBody decodes bodies, so Litestar itself only reports bad parameters or a missing body.
    found = error.extra if isinstance(error.extra, list) else []
    named = "; ".join(f"{item.get('key')}: {item.get('message')}" for item in found)
    return problem(request, HTTPStatus.BAD_REQUEST, f"The request is malformed: {named}.")


def status_of(cause: Cause) -> HTTPStatus:
    """Return the status with which the gateway answers an error that a route declares.

    Raises:
        LookupError: The tables above have no status for the error.
    """
    if isinstance(cause, ErrorCode):
        status = _STATUS_OF_CODE.get(cause)
    elif issubclass(cause, TransientError):
        status = HTTPStatus.SERVICE_UNAVAILABLE
    else:
        status = _STATUS_OF_ERROR.get(cause)
    if status is None:
        message = f"problems.py has no status for {cause!r}; add one to its tables."
        raise LookupError(message)
    return status


EXCEPTION_HANDLERS: Mapping[Any, Any] = {
    **COMMON_HANDLERS,
    **dict.fromkeys(_STATUS_OF_ERROR, _refused),
    StaleVersionError: _stale,
    TransientError: _transient,
    RateLimitReachedError: _limit_reached,
    BudgetReachedError: _limit_reached,
    PermanentError: _permanent,
    CaptionAccError: unexpected,
    ValidationException: _malformed,
}

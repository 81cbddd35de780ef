"""Errors as RFC 9457 problem documents; the only place where an HTTP status is chosen."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    PermanentError,
    Problem,
    TransientError,
)
from captionacc_observability.logging import get_logger
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from captionacc_webhook_gateway.errors import (
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    TooManyStreamsError,
    UnauthenticatedError,
)

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_S = 5

_STATUS_OF_CODE: Mapping[ErrorCode, HTTPStatus] = {
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.STATE_CONFLICT: HTTPStatus.CONFLICT,
    ErrorCode.CROP_REGION_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.FRAME_RANGE_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.OBJECT_KEY_INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
}
_STATUS_OF_ERROR: Mapping[type[Exception], HTTPStatus] = {
    UnauthenticatedError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    InvalidRequestError: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooManyStreamsError: HTTPStatus.TOO_MANY_REQUESTS,
    msgspec.ValidationError: HTTPStatus.UNPROCESSABLE_ENTITY,
}

_log = get_logger(__name__)


def _problem(
    request: Request[Any, Any, Any],
    status: int,
    detail: str,
    *,
    code: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        code=code,
    )
    return Response(
        msgspec.json.encode(problem), status_code=status, media_type=PROBLEM_JSON, headers=headers
    )


def _refused(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    status = next(found for kind, found in _STATUS_OF_ERROR.items() if isinstance(error, kind))
    headers = {
        HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
        HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": str(RETRY_AFTER_S)},
    }.get(status)
    return _problem(request, status, str(error), headers=headers)


def _permanent(request: Request[Any, Any, Any], error: PermanentError) -> Response[bytes]:
    status = _STATUS_OF_CODE.get(error.code)
    if status is None:
        return _unexpected(request, error)
    return _problem(request, status, error.message, code=error.code)


def _transient(request: Request[Any, Any, Any], error: TransientError) -> Response[bytes]:
    _log.warning("request_not_served", path=request.url.path, code=error.code, reason=error.message)
    return _problem(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        error.message,
        code=error.code,
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def _not_json(request: Request[Any, Any, Any], error: msgspec.DecodeError) -> Response[bytes]:
    return _problem(request, HTTPStatus.BAD_REQUEST, f"The body is not valid JSON: {error}.")


def _http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected(request, error)
    return _problem(request, error.status_code, error.detail)


def _malformed(request: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    # StrictBody decodes bodies, so Litestar itself only reports bad parameters or a missing body.
    found = error.extra if isinstance(error.extra, list) else []
    named = "; ".join(f"{item.get('key')}: {item.get('message')}" for item in found)
    return _problem(request, HTTPStatus.BAD_REQUEST, f"The request is malformed: {named}.")


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    _log.error("request_failed", path=request.url.path, exc_info=error)
    return _problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The service failed on this request; its log has the reason.",
        code=ErrorCode.INTERNAL,
    )


EXCEPTION_HANDLERS: Mapping[Any, Any] = {
    **dict.fromkeys(_STATUS_OF_ERROR, _refused),
    TransientError: _transient,
    PermanentError: _permanent,
    CaptionAccError: _unexpected,
    msgspec.DecodeError: _not_json,
    ValidationException: _malformed,
    HTTPException: _http,
    Exception: _unexpected,
}

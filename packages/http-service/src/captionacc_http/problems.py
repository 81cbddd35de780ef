"""Errors as RFC 9457 problem documents, and the answers that every service gives alike."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from captionacc_contracts.errors import ErrorCode, Problem
from captionacc_observability.logging import get_logger
from litestar import Request, Response
from litestar.exceptions import HTTPException

PROBLEM_JSON = "application/problem+json"

_DETAILS: Mapping[int, str] = {
    HTTPStatus.NOT_FOUND: "There is nothing at this path; check its spelling.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This path has other methods; the header Allow names them.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large; send less at a time.",
}
"""Sentences for errors that the framework describes by their title alone."""

# Python 3.13 renamed them; answers and documents must not depend on the version of Python.
_TITLES: Mapping[int, str] = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Request Entity Too Large",
    HTTPStatus.REQUEST_URI_TOO_LONG: "Request-URI Too Long",
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: "Requested Range Not Satisfiable",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Unprocessable Entity",
}

_log = get_logger(__name__)


def title_of(status: int) -> str:
    """The title of a problem with this status, such as ``Not Found``."""
    return _TITLES.get(status) or HTTPStatus(status).phrase


def problem(
    request: Request[Any, Any, Any],
    status: int,
    detail: str,
    *,
    code: ErrorCode | None = None,
    limit: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """An answer with a problem document for the path of ``request``."""
    document = Problem(
        title=title_of(status),
        status=status,
        detail=detail,
        instance=request.url.path,
        code=code,
        limit=limit,
    )
    return Response(
        msgspec.json.encode(document), status_code=status, media_type=PROBLEM_JSON, headers=headers
    )


def not_json(request: Request[Any, Any, Any], error: msgspec.DecodeError) -> Response[bytes]:
    return problem(request, HTTPStatus.BAD_REQUEST, f"The body is not valid JSON: {error}.")


def unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Log the error, and answer without its text, which may hold a secret."""
    _log.error("request_failed", path=request.url.path, exc_info=error)
    return problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The service failed on this request; its log has the reason.",
        code=ErrorCode.INTERNAL,
    )


def _of_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unexpected(request, error)
    detail = _DETAILS.get(error.status_code, error.detail)
    return problem(request, error.status_code, detail, headers=dict(error.headers or {}))


COMMON_HANDLERS: Mapping[Any, Any] = {
    msgspec.DecodeError: not_json,
    HTTPException: _of_framework,
    Exception: unexpected,
}
"""Handlers for the errors that no service treats in a way of its own."""

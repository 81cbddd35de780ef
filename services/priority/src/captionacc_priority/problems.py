"""Errors as RFC 9457 problem documents; the only place where an HTTP status is chosen."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from captionacc_contracts.errors import Problem
from captionacc_observability.logging import get_logger
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

PROBLEM_JSON = "application/problem+json"

_log = get_logger(__name__)


class InvalidRequestError(Exception):
    """The body is well formed, but a value in it is not acceptable; the message says why."""


def _problem(request: Request[Any, Any, Any], status: int, detail: str) -> Response[bytes]:
    problem = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, instance=request.url.path
    )
    return Response(msgspec.json.encode(problem), status_code=status, media_type=PROBLEM_JSON)


def _invalid(
    request: Request[Any, Any, Any], error: InvalidRequestError | msgspec.ValidationError
) -> Response[bytes]:
    return _problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, str(error))


def _not_json(request: Request[Any, Any, Any], error: msgspec.DecodeError) -> Response[bytes]:
    return _problem(request, HTTPStatus.BAD_REQUEST, f"The body is not valid JSON: {error}.")


def _missing_body(request: Request[Any, Any, Any], _: ValidationException) -> Response[bytes]:
    return _problem(request, HTTPStatus.BAD_REQUEST, "Send a JSON body; the schema is at /schema.")


def _http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected(request, error)
    return _problem(request, error.status_code, error.detail)


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    _log.error("request_failed", path=request.url.path, exc_info=error)
    return _problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The service failed on this request; its log has the reason.",
    )


EXCEPTION_HANDLERS: Mapping[Any, Any] = {
    InvalidRequestError: _invalid,
    msgspec.ValidationError: _invalid,
    msgspec.DecodeError: _not_json,
    ValidationException: _missing_body,
    HTTPException: _http,
    Exception: _unexpected,
}

"""Errors of the service as RFC 9457 problem documents."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from captionacc_http.problems import COMMON_HANDLERS, problem
from captionacc_http.raises import Cause
from litestar import Request, Response
from litestar.exceptions import ValidationException


class InvalidRequestError(Exception):
    """The body is well formed, but a value in it is not acceptable; the message says why."""


def _invalid(
    request: Request[Any, Any, Any], error: InvalidRequestError | msgspec.ValidationError
) -> Response[bytes]:
    return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, str(error))


def _missing_body(request: Request[Any, Any, Any], _: ValidationException) -> Response[bytes]:
    return problem(request, HTTPStatus.BAD_REQUEST, "Send a JSON body; the schema is at /schema.")


def status_of(_: Cause) -> HTTPStatus:
    """Return the status with which the service answers an error that a route declares."""
    return HTTPStatus.UNPROCESSABLE_ENTITY


EXCEPTION_HANDLERS: Mapping[Any, Any] = {
    **COMMON_HANDLERS,
    InvalidRequestError: _invalid,
    msgspec.ValidationError: _invalid,
    ValidationException: _missing_body,
}

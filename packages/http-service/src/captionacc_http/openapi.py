"""Makes the OpenAPI document of a service say what the service really sends.

Litestar describes each route with its own 400, which our services never send. :func:`describe`
replaces it with the problems that a route can send: those that follow from the parts of the route
(its query, path and body), and those that the route, its guards and its dependencies declare with
:func:`captionacc_http.raises.raises`.
"""

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from captionacc_contracts.errors import ErrorCode, Problem, TransientError
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    Example,
    OpenAPIHeader,
    OpenAPIResponse,
    Operation,
    Parameter,
    Reference,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIType
from litestar.routes import HTTPRoute

from captionacc_http.problems import PROBLEM_JSON, title_of
from captionacc_http.raises import Cause, declared_causes
from captionacc_http.struct_schemas import summary_of

StatusOf = Callable[[Cause], HTTPStatus]
"""The status with which a service answers an error."""

_NULL = OpenAPIType.NULL
_HEADERS: Mapping[HTTPStatus, tuple[str, str, OpenAPIType]] = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate", "Always `Bearer`.", OpenAPIType.STRING),
    HTTPStatus.TOO_MANY_REQUESTS: (
        "Retry-After",
        "Seconds to wait before the request is repeated.",
        OpenAPIType.INTEGER,
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "Retry-After",
        "Seconds to wait before the request is repeated.",
        OpenAPIType.INTEGER,
    ),
}


def describe(app: Litestar, status_of: StatusOf) -> Litestar:
    """Complete the OpenAPI document of the application; call it once all routes are registered.

    Args:
        app: The application whose routes are described.
        status_of: Returns the status with which the application answers an error.
    """
    for route, handler in documented(app):
        handler.responses = {
            **_problem_responses(route, handler, status_of),
            **(handler.responses or {}),
        }
    document = app.openapi_schema
    for route, handler in documented(app):
        for method in handler.http_methods:
            item = (document.paths or {})[route.path_format]
            operation: Operation = getattr(item, method.lower())
            _set_summary(operation, handler)
            _set_headers(operation, handler)
            _drop_null_parameters(operation)
    for schema in (document.components.schemas or {}).values():
        _tidy_description(schema)
    return app


def documented(app: Litestar) -> Iterator[tuple[HTTPRoute, HTTPRouteHandler]]:
    """Yield the routes that the document shows, each with its handlers."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.resolve_include_in_schema():
                    yield route, handler


def undeclared(handler: HTTPRouteHandler) -> list[Callable[..., Any]]:
    """Return the route's function and guards that do not declare what they raise."""
    parts = (handler.fn, *handler.resolve_guards())
    return [part for part in parts if declared_causes(part) is None]


def _causes(handler: HTTPRouteHandler) -> Iterator[Cause]:
    used = handler.parsed_fn_signature.parameters
    dependencies = (
        provider.dependency
        for name, provider in handler.resolve_dependencies().items()
        if name in used
    )
    for part in (*handler.resolve_guards(), *dependencies, handler.fn):
        yield from declared_causes(part) or ()


def _problem_responses(
    route: HTTPRoute, handler: HTTPRouteHandler, status_of: StatusOf
) -> dict[int, ResponseSpec]:
    reasons: dict[HTTPStatus, list[str]] = defaultdict(list)
    codes: dict[HTTPStatus, list[ErrorCode]] = defaultdict(list)
    reasons[HTTPStatus.BAD_REQUEST].append(
        "The query has an unknown parameter, or a parameter is malformed."
    )
    if route.path_parameters:
        reasons[HTTPStatus.NOT_FOUND].append("The path names nothing that exists.")
    if "data" in handler.parsed_fn_signature.parameters:
        reasons[HTTPStatus.BAD_REQUEST].append("The body is not JSON in UTF-8, or is missing.")
        limit = handler.resolve_request_max_body_size()
        reasons[HTTPStatus.REQUEST_ENTITY_TOO_LARGE].append(f"The body exceeds {limit} bytes.")
        reasons[HTTPStatus.UNSUPPORTED_MEDIA_TYPE].append("The body is not `application/json`.")
        reasons[HTTPStatus.UNPROCESSABLE_ENTITY].append(
            "A field of the body is missing, unknown, or has a value that is not acceptable."
        )
    reasons[HTTPStatus.INTERNAL_SERVER_ERROR].append("The service has a fault; its log says which.")
    for cause in _causes(handler):
        status = status_of(cause)
        if isinstance(cause, ErrorCode):
            codes[status].append(cause)
        elif (reason := _reason(cause)) not in reasons[status]:
            reasons[status].append(reason)
    for status, named in codes.items():
        reasons[status].append(f"Values of `code`: {', '.join(f'`{code}`' for code in named)}.")
    return {
        int(status): ResponseSpec(
            data_container=Problem,
            media_type=PROBLEM_JSON,
            description=" ".join([f"{title_of(status)}.", *reasons[status]]),
            examples=[_example(route, status, next(iter(codes[status]), None))],
            generate_examples=False,
        )
        for status in sorted(reasons)
    }


def _reason(cause: type[Exception]) -> str:
    if issubclass(cause, TransientError):
        return "A server that the service needs does not answer; repeat the request later."
    return summary_of(cause.__doc__) or ""


def _example(route: HTTPRoute, status: HTTPStatus, code: ErrorCode | None) -> Example:
    shown = Problem(
        title=title_of(status),
        status=status,
        detail="A sentence that says what is wrong and what to do.",
        instance=route.path_format,
        code=code,
    )
    return Example(value=msgspec.to_builtins(shown))


def _set_summary(operation: Operation, handler: HTTPRouteHandler) -> None:
    """Use the first paragraph of the docstring as the summary, and the rest as the description."""
    docstring = inspect.getdoc(handler.fn) or ""
    _, _, rest = docstring.partition("\n\n")
    if handler.summary is None:
        operation.summary = (summary_of(docstring) or "").removesuffix(".")
    operation.description = handler.description or rest.replace("``", "`") or None


def _tidy_description(schema: Schema) -> None:
    """Write a description that is a docstring, as those of enums are, as Markdown.

    Only Python 3.13 and later take the indentation out of docstrings.
    """
    if schema.description:
        schema.description = inspect.cleandoc(schema.description).replace("``", "`")


def _drop_null_parameters(operation: Operation) -> None:
    """Describe a parameter that may be left out by its type alone: a query cannot hold null."""
    for parameter in operation.parameters or []:
        schema = parameter.schema if isinstance(parameter, Parameter) else None
        if isinstance(schema, Schema) and schema.one_of:
            types = [one for one in schema.one_of if getattr(one, "type", None) != _NULL]
            if len(types) == 1:
                [only] = types
                schema.one_of = None
                if isinstance(only, Schema):
                    schema.type, schema.format, schema.items = only.type, only.format, only.items
                else:
                    schema.all_of = [only]


def _set_headers(operation: Operation, handler: HTTPRouteHandler) -> None:
    success = (operation.responses or {}).get(str(handler.status_code))
    declared: dict[str, OpenAPIHeader | Reference] = {
        header.name: OpenAPIHeader(
            schema=Schema(type=OpenAPIType.STRING), description=header.description
        )
        for header in sorted(handler.resolve_response_headers(), key=lambda header: header.name)
    }
    if isinstance(success, OpenAPIResponse) and declared:
        success.headers = {**declared}
    for status, (name, description, kind) in _HEADERS.items():
        response = (operation.responses or {}).get(str(int(status)))
        if isinstance(response, OpenAPIResponse) and PROBLEM_JSON in (response.content or {}):
            header = OpenAPIHeader(schema=Schema(type=kind), description=description)
            response.headers = {**(response.headers or {}), name: header}

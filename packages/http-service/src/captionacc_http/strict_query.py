"""Refuses queries that a route would misread: unknown or repeated parameters, numbers as dates."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from litestar import Litestar, Request
from litestar.exceptions import ClientException
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.typing import FieldDefinition

Parameters = Mapping[str, FieldDefinition | None]
"""The query parameters of a route by name; null where the route does not say the type."""


class StrictQuery:
    """A hook ``before_request``: a query that the route does not understand gets a 400.

    Without it, a misspelled filter would select everything, the second of two values would win,
    ``null`` would leave a parameter out, and 0.5 would be a moment in 1970.
    """

    def __init__(self) -> None:
        self._parameters: Mapping[tuple[str, str], Parameters] = {}

    async def __call__(self, request: Request[Any, Any, Any]) -> None:
        if not request.scope["query_string"]:
            return
        if not self._parameters:
            self._parameters = dict(_parameters_of(request.app))
        known = self._parameters.get((request.scope["path_template"], request.method))
        if known is None:
            return
        seen: set[str] = set()
        for name, value in request.query_params.multi_items():
            fault = _fault(name, value, known, seen)
            if fault is not None:
                raise ClientException(fault, status_code=HTTPStatus.BAD_REQUEST)
            seen.add(name)


def _fault(name: str, value: str, known: Parameters, seen: set[str]) -> str | None:
    if name not in known:
        names = ", ".join(sorted(known)) or "no parameters"
        return f"There is no query parameter {name!r}; this route has {names}."
    field = known[name]
    if field is None:
        return None
    if name in seen and not _has(field, list):
        return f"{name} is there twice; send it once."
    if value.lower() == "null" and not _has(field, str):
        return f"{name} must not be null; leave it out instead."
    if _has(field, datetime) and _is_number(value):
        return f"{name} must be a date with a time, as in 2026-01-02T03:04:05Z."
    return None


def _parameters_of(app: Litestar) -> Iterator[tuple[tuple[str, str], Parameters]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, model) in route.route_handler_map.items():
                fields = dict(_fields(handler))
                found = {
                    parameter.field_alias: fields.get(parameter.field_name)
                    for parameter in model.expected_query_params
                }
                yield (route.path_format, method), found


def _fields(handler: HTTPRouteHandler) -> Iterator[tuple[str, FieldDefinition]]:
    for provider in handler.resolve_dependencies().values():
        yield from provider.parsed_fn_signature.parameters.items()
    yield from handler.parsed_fn_signature.parameters.items()


def _has(field: FieldDefinition, kind: type) -> bool:
    """Whether the type of the parameter, or a part of it, is of this kind."""
    return field.is_subclass_of(kind) or any(_has(part, kind) for part in field.inner_types)


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True

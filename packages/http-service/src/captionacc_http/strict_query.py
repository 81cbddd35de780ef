"""Refuses queries that a route would misread: unknown parameters, and numbers as dates."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.exceptions import ClientException
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.typing import FieldDefinition


class _Query(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a route's query."""

    names: frozenset[str]
    moments: frozenset[str]
    """Those that are dates with a time."""


class StrictQuery:
    """A hook ``before_request``: a query that the route does not understand gets a 400.

    Without it, a misspelled filter would select everything, and 0.5 would be a moment in 1970.
    """

    def __init__(self) -> None:
        self._queries: Mapping[tuple[str, str], _Query] = {}

    async def __call__(self, request: Request[Any, Any, Any]) -> None:
        if not request.scope["query_string"]:
            return
        if not self._queries:
            self._queries = dict(_queries_of(request.app))
        query = self._queries.get((request.scope["path_template"], request.method))
        if query is None:
            return
        for name, value in request.query_params.multi_items():
            if name not in query.names:
                known = ", ".join(sorted(query.names)) or "no parameters"
                message = f"There is no query parameter {name!r}; this route has {known}."
                raise ClientException(message, status_code=HTTPStatus.BAD_REQUEST)
            if name in query.moments and _is_number(value):
                message = f"{name} must be a date with a time, as in 2026-01-02T03:04:05Z."
                raise ClientException(message, status_code=HTTPStatus.BAD_REQUEST)


def _queries_of(app: Litestar) -> Iterator[tuple[tuple[str, str], _Query]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, model) in route.route_handler_map.items():
                names = frozenset(known.field_alias for known in model.expected_query_params)
                moments = names & frozenset(_moments(handler))
                yield (route.path_format, method), _Query(names=names, moments=moments)


def _moments(handler: HTTPRouteHandler) -> Iterator[str]:
    for name, field in handler.parsed_fn_signature.parameters.items():
        if _is_moment(field):
            yield name


def _is_moment(field: FieldDefinition) -> bool:
    return field.is_subclass_of(datetime) or any(map(_is_moment, field.inner_types))


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True

"""Compares a service with its OpenAPI document."""

import re
from typing import Any

import httpx
from captionacc_http.openapi import documented, undeclared
from litestar import Litestar

_CAMEL_CASE_WORDS = re.compile(r"[a-z]+([A-Z][a-z0-9]*)+")


def badly_described(app: Litestar) -> list[str]:
    """Return a sentence with the remedy for each fault in how a route is described."""
    faults = []
    for route, handler in documented(app):
        name = f"{'/'.join(sorted(handler.http_methods))} {route.path_format} ({handler})"
        operation_id = handler.operation_id
        if not isinstance(operation_id, str) or not _CAMEL_CASE_WORDS.fullmatch(operation_id):
            faults.append(
                f"{name} has no operation id: give its decorator one that is a verb and a noun in "
                'camelCase, such as operation_id="listVideos".'
            )
        faults.extend(
            f"{name}: {part.__qualname__} does not declare what it raises: put @raises(...) of "
            "captionacc_http.raises below the decorator, with the errors and error codes that the "
            "gateway's problems.py gives a status; write @raises() when it raises none."
            for part in undeclared(handler)
        )
        if not (handler.fn.__doc__ or "").strip():
            faults.append(f"{name} has no docstring, whose first paragraph is the summary.")
        if not handler.resolve_tags():
            faults.append(f"{name} has no tags: the document groups routes by them.")
    return faults


class DocumentedAnswers:
    """Checks that the document of an application describes each answer that a client gets."""

    def __init__(self, app: Litestar) -> None:
        paths: dict[str, dict[str, Any]] = app.openapi_schema.to_schema()["paths"]
        self._routes = [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), operations)
            for path, operations in paths.items()
        ]

    async def check(self, response: httpx.Response) -> None:
        """Check an answer; an ``httpx`` client calls it as an event hook.

        Raises:
            AssertionError: The route exists, but its document lacks the status or the media type.
        """
        request = response.request
        for path, operations in self._routes:
            operation = operations.get(request.method.lower())
            if operation is not None and path.fullmatch(request.url.path):
                _require_documented(response, operation)


def _require_documented(response: httpx.Response, operation: dict[str, Any]) -> None:
    shown = f"{response.request.method} {response.request.url.path} ({operation['operationId']})"
    status = str(response.status_code)
    assert status in operation["responses"], (
        f"{shown} answered {status}, which its document lacks: add the error to the route's "
        f"@raises(...) or the status to its responses."
    )
    kind = response.headers.get("content-type", "").partition(";")[0]
    kinds = operation["responses"][status].get("content") or {"": None}
    assert kind in kinds, f"{shown} answered {status} as {kind!r}, but its document has {kinds}."

"""Finds routes that the OpenAPI document of a service does not describe well."""

import re

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

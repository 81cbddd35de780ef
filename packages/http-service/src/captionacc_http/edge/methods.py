"""Answers HEAD as GET without a body, and OPTIONS with the methods of a path."""

import asyncio
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any, cast

from litestar.types import ASGIApp, Message, Receive, Scope, Send

# A method that no route has; the application answers it with 405 and ``Allow``, or with 404.
_NO_METHOD = "?"


def with_head_and_options(app: ASGIApp) -> ASGIApp:
    """Wrap an application: HEAD works where GET does, and OPTIONS names the methods of a path.

    OPTIONS needs no token. The application itself answers the preflight requests of browsers.
    """

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        async def allowing(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [_with_head_allowed(*header) for header in message["headers"]]
            await send(message)

        method = str(scope.get("method"))
        if method == "HEAD":
            await _head(app, scope, receive, allowing)
        elif method == "OPTIONS" and not _is_preflight(scope):
            await _options(app, scope, receive, allowing)
        else:
            await app(scope, receive, allowing)

    return answered


async def _head(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    ended = False

    async def without_body(message: Message) -> None:
        nonlocal ended
        if message["type"] == "http.response.start":
            await send(message)
        elif message["type"] == "http.response.body" and not ended:
            ended = True
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            if message["more_body"]:
                # A stream would go on although nobody reads it.
                answering.cancel()

    get = cast(Any, {**scope, "method": "GET"})
    answering = asyncio.ensure_future(_completed(app, get, receive, without_body))
    try:
        await answering
    except asyncio.CancelledError:
        if not ended:
            raise
    finally:
        # The log of requests reads the route from here.
        cast(MutableMapping[str, Any], scope)["path_template"] = get.get("path_template")


async def _options(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    known = False

    async def translated(message: Message) -> None:
        nonlocal known
        if message["type"] == "http.response.start":
            known = message["status"] == HTTPStatus.METHOD_NOT_ALLOWED
            if known:
                allow = [header for header in message["headers"] if header[0].lower() == b"allow"]
                message = {**message, "status": HTTPStatus.NO_CONTENT, "headers": allow}
        elif message["type"] == "http.response.body" and known:
            message = {**message, "body": b""}
        await send(message)

    await app(cast(Any, {**scope, "method": _NO_METHOD}), receive, translated)


def _is_preflight(scope: Scope) -> bool:
    return any(name == b"access-control-request-method" for name, _ in scope["headers"])


async def _completed(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


def _with_head_allowed(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    if name.lower() == b"allow":
        methods = {method.strip() for method in value.split(b",")}
        if b"GET" in methods:
            value = b", ".join(sorted(methods | {b"HEAD"}))
    return name, value

"""Logs and measures each request, and gives each log line of a request its id."""

import time
from collections.abc import Iterable
from uuid import uuid4

from captionacc_observability import context
from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Histogram
from litestar.types import ASGIApp, Message, Receive, Scope, Send

LABELS = ("method", "route", "status")
"""The labels of the histogram that :func:`log_requests` observes."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = ("/health/", "/metrics")

_log = get_logger(__name__)


def log_requests(app: ASGIApp, seconds: Histogram) -> ASGIApp:
    """Wrap a whole application, so that paths without a route are seen too.

    Each request gets a new id, whatever the client sends. ``seconds`` has the labels ``LABELS``;
    none of them holds text of the client.
    """

    async def logged(scope: Scope, receive: Receive, send: Send) -> None:
        request_id = uuid4().hex
        began = time.perf_counter()
        status = 0
        measured = False

        def measure(taken: float) -> None:
            nonlocal measured
            if not measured:
                measured = True
                route = str(scope.get("path_template") or "unknown")
                seconds.labels(_method_of(scope), route, status).observe(taken)

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                if _is_stream(message["headers"]):
                    # A stream lasts as long as its client listens, so measure until its start.
                    measure(time.perf_counter() - began)
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        path = scope["path"]
        with context.bind(request_id=request_id):
            try:
                await app(scope, receive, observed)
            finally:
                taken = time.perf_counter() - began
                measure(taken)
                if not path.startswith(_QUIET):
                    _log.info(
                        "request",
                        method=str(scope.get("method")),
                        path=path,
                        status=status,
                        seconds=round(taken, 4),
                    )

    return logged


def _method_of(scope: Scope) -> str:
    method = str(scope.get("method"))
    return method if method in _METHODS else "other"


def _is_stream(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in headers
    )

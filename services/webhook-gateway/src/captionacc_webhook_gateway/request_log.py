"""Logs and measures each request, and gives each log line of a request its id."""

import time
from collections.abc import Iterable
from uuid import uuid4

from captionacc_observability import context, metrics
from captionacc_observability.logging import get_logger
from litestar.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = metrics.Histogram(
    "captionacc_gateway_request_seconds",
    "Time until the answer was sent, or until an event stream began",
    ["method", "route", "status"],
)
_QUIET = ("/health/", "/metrics")

_log = get_logger(__name__)


def log_requests(app: ASGIApp) -> ASGIApp:
    """Wrap an HTTP application; each request gets a new id, whatever the client sends."""

    async def logged(scope: Scope, receive: Receive, send: Send) -> None:
        request_id = uuid4().hex
        began = time.perf_counter()
        status = 0
        measured = False

        def measure(seconds: float) -> None:
            nonlocal measured
            if not measured:
                measured = True
                route = scope.get("path_template") or "unknown"
                SECONDS.labels(str(scope.get("method")), route, status).observe(seconds)

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if _is_stream(message["headers"]):
                    # A stream lasts as long as its client listens, so measure until its start.
                    measure(time.perf_counter() - began)
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        with context.bind(request_id=request_id):
            try:
                await app(scope, receive, observed)
            finally:
                seconds = time.perf_counter() - began
                measure(seconds)
                if not scope["path"].startswith(_QUIET):
                    _log.info(
                        "request",
                        method=str(scope.get("method")),
                        path=scope["path"],
                        status=status,
                        seconds=round(seconds, 4),
                    )

    return logged


def _is_stream(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in headers
    )

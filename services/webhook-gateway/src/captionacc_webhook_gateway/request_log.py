"""One log line and one measurement a request, with an id that every line of it carries."""

import time
from uuid import uuid4

from captionacc_observability import context, metrics
from captionacc_observability.logging import get_logger
from litestar.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = metrics.Histogram(
    "captionacc_gateway_request_seconds",
    "Time until the answer was sent",
    ["method", "route", "status"],
)
_QUIET = ("/health/", "/metrics")

_log = get_logger(__name__)


def log_requests(app: ASGIApp) -> ASGIApp:
    """ASGI middleware (there are no websockets here); the request id is never the sender's."""

    async def logged(scope: Scope, receive: Receive, send: Send) -> None:
        request_id = uuid4().hex
        began = time.perf_counter()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        with context.bind(request_id=request_id):
            try:
                await app(scope, receive, noting)
            finally:
                seconds = time.perf_counter() - began
                route = scope.get("path_template") or "unknown"
                SECONDS.labels(str(scope.get("method")), route, status).observe(seconds)
                if not scope["path"].startswith(_QUIET):
                    _log.info(
                        "request",
                        method=str(scope.get("method")),
                        path=scope["path"],
                        status=status,
                        seconds=round(seconds, 4),
                    )

    return logged

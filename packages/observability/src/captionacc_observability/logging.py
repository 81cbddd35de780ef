"""structlog set-up: JSON lines in services, readable lines on a terminal, one line an event."""

import logging
import sys
from typing import Any

import structlog

_SECRET_MARKS = ("secret", "password", "token", "authorization", "auth_string", "credentials")

# Local variables stay out: they hold settings, and settings hold secrets.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
)


def _hide_secrets(_logger: object, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    # Lease tokens are plain counters and are needed to follow a lease through the log.
    for key in event:
        if key != "lease_token" and any(mark in key.lower() for mark in _SECRET_MARKS):
            event[key] = "[hidden]"
    return event


def configure(service: str, *, level: str = "INFO", json: bool | None = None) -> None:
    """Send structlog and standard library logging to stdout.

    ``json`` null means JSON unless stdout is a terminal. Call once, at process start.
    """
    as_json = not sys.stdout.isatty() if json is None else json
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        _service_adder(service),
        _hide_secrets,
    ]
    rendering: list[Any] = (
        [_TRACEBACKS, structlog.processors.JSONRenderer(default=str)]
        if as_json
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # These announce every request at INFO; our own line a request says more.
    for chatty in ("httpx", "httpcore", "botocore", "aiobotocore", "boto3", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _service_adder(service: str) -> Any:
    def add_service(_logger: object, _name: str, event: dict[str, Any]) -> dict[str, Any]:
        event.setdefault("service", service)
        return event

    return add_service


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger for events: ``log.info("flow_launched", video_id=…)``."""
    return structlog.stdlib.get_logger(name)

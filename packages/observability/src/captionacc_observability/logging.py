"""Set up structlog: JSON lines in services, readable lines on a terminal, one line per event."""

import logging
import sys
from typing import Annotated, Any, Literal

import structlog
from msgspec import Meta

# The types of the settings LOG_LEVEL and LOG_FORMAT, for the settings struct of every process.
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR"],
    Meta(description="Least severe level that is logged: DEBUG, INFO, WARNING or ERROR."),
]
LogFormat = Annotated[
    Literal["auto", "json", "console"],
    Meta(description="json, console, or auto: console on a terminal and json elsewhere."),
]

_SECRET_MARKS = ("secret", "password", "token", "authorization", "auth_string", "credentials")

# Tracebacks show no local variables: these hold settings, and settings hold secrets.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
)


def _hide_secrets(_logger: object, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    # A lease token is a plain counter, and an operator follows a lease through the log by it.
    for key in event:
        if key != "lease_token" and any(mark in key.lower() for mark in _SECRET_MARKS):
            event[key] = "[hidden]"
    return event


def configure_logging(
    service: str, *, level: LogLevel = "INFO", log_format: LogFormat = "auto"
) -> None:
    """Send the log lines of structlog and of the standard library to stdout.

    Call it once, when the process starts.

    Args:
        service: Name of the process; every line carries it.
        level: Less severe lines are dropped.
        log_format: ``auto`` writes JSON unless stdout is a terminal.
    """
    as_json = log_format == "json" or (log_format == "auto" and not sys.stdout.isatty())
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
    # These libraries log every request at INFO; our own line per request says more.
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
    """A logger of structured events, used as ``log.info("flow_launched", video_id=…)``."""
    return structlog.stdlib.get_logger(name)

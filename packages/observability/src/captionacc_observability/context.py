"""Identifiers bound to every log line of the current task: request, job, video, flow run."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def bind(**identifiers: object) -> Iterator[None]:
    """Bind ``identifiers`` to log lines inside the block, in this task and those it starts."""
    with structlog.contextvars.bound_contextvars(
        **{name: str(value) for name, value in identifiers.items() if value is not None}
    ):
        yield

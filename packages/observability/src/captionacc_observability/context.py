"""Identifiers that every log line of the current task carries: request, job, video, run."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def bind(**identifiers: object) -> Iterator[None]:
    """Add ``identifiers`` to the log lines of this block and of the tasks that it starts.

    Identifiers that are ``None`` are left out.
    """
    with structlog.contextvars.bound_contextvars(
        **{name: str(value) for name, value in identifiers.items() if value is not None}
    ):
        yield

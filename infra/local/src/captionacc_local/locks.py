"""File locks between the commands of one stack; the kernel lets go of them when a command dies."""

import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from captionacc_local.servers.process import poll


@contextlib.asynccontextmanager
async def exclusive(path: Path, *, limit_s: float = 180.0) -> AsyncIterator[None]:
    """Hold the lock alone, waiting for others to let go.

    Raises:
        TimeoutError: they did not within ``limit_s``.
    """
    with _opened(path) as descriptor:

        async def taken() -> bool:
            return _taken(descriptor, fcntl.LOCK_EX)

        if not await poll(taken, limit_s):
            raise TimeoutError
        yield


@contextlib.contextmanager
def shared(path: Path) -> Iterator["SharedLock"]:
    """Hold the lock together with others; nobody may hold it alone for more than a moment."""
    with _opened(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield SharedLock(descriptor)


class SharedLock:
    """A held shared lock."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def sole_holder(self) -> bool:
        """Whether nobody else holds the lock; if so it is now held alone."""
        return _taken(self._descriptor, fcntl.LOCK_EX)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _taken(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

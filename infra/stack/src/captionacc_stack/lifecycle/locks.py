"""File locks between the commands of one stack. The kernel releases the locks of a dead command."""

import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from captionacc_stack.servers.process import poll


class LockedError(Exception):
    """Another command holds the lock."""


@contextlib.asynccontextmanager
async def exclusive(path: Path, *, limit_s: float = 180.0) -> AsyncIterator[None]:
    """Hold the lock alone; wait first until no other command holds it.

    Raises:
        LockedError: another command still held it after ``limit_s``.
    """
    with _opened(path) as descriptor:
        await _take(descriptor, fcntl.LOCK_EX, limit_s)
        yield


@contextlib.asynccontextmanager
async def shared(path: Path, *, limit_s: float = 180.0) -> AsyncIterator["SharedLock"]:
    """Hold the lock together with others; wait first while another command holds it alone.

    Raises:
        LockedError: a command still held it alone after ``limit_s``.
    """
    with _opened(path) as descriptor:
        await _take(descriptor, fcntl.LOCK_SH, limit_s)
        yield SharedLock(descriptor)


class SharedLock:
    """A held shared lock."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def sole_holder(self) -> bool:
        """Whether no other command holds the lock; if so, this command now holds it alone."""
        return _taken(self._descriptor, fcntl.LOCK_EX)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


async def _take(descriptor: int, kind: int, limit_s: float) -> None:
    async def taken() -> bool:
        return _taken(descriptor, kind)

    if not await poll(taken, limit_s):
        raise LockedError


def _taken(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

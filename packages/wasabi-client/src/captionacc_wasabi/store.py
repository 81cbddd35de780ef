"""What the rest of the system knows of the object store."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from captionacc_contracts.errors import ErrorCode, PermanentError

from captionacc_wasabi.settings import StoreSettings

OCTETS = "application/octet-stream"
LONGEST_KEY_BYTES = 1024
MOST_BYTES_IN_MEMORY = 256 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class StoreLimits:
    """How long the store may take. ``attempts`` counts the first try too.

    A whole transfer may last ``small_operation_s`` plus its size at ``slowest_bytes_per_s``.
    """

    connect_s: float = 5.0
    read_s: float = 60.0
    attempts: int = 4
    small_operation_s: float = 120.0
    slowest_bytes_per_s: float = 256 * 1024
    part_bytes: int = 16 * 1024 * 1024
    parts_at_once: int = 4


@dataclass(frozen=True, kw_only=True)
class ObjectInfo:
    """An object without its bytes; ``content_type`` is None in listings, which do not tell it."""

    key: str
    size_bytes: int
    etag: str
    content_type: str | None = None


class ObjectStore(ABC):
    """One bucket. Every method may raise

    - ``TransientError(STORE_UNAVAILABLE)``: time-out, cut connection, answer of the 5xx kind;
    - ``PermanentError(STORE_UNAVAILABLE)``: credentials refused or the bucket is missing;
    - ``PermanentError(OBJECT_KEY_INVALID)``: a key that is empty or over 1,024 bytes.
    """

    name = "object store"

    @staticmethod
    def open(
        settings: StoreSettings, *, limits: StoreLimits | None = None
    ) -> AbstractAsyncContextManager["ObjectStore"]:
        """The store behind an S3 address, for ``async with``; nothing is sent yet."""
        # Keeps botocore, slow to import, out of processes that only name the type.
        from captionacc_wasabi.s3 import open_s3

        return open_s3(settings, limits or StoreLimits())

    @abstractmethod
    async def get(self, key: str, *, max_bytes: int = MOST_BYTES_IN_MEMORY) -> bytes:
        """The object's bytes.

        Raises:
            PermanentError: OBJECT_MISSING; FILE_FORMAT_INVALID when it is over ``max_bytes``.
        """

    @abstractmethod
    async def get_to_file(self, key: str, path: Path) -> ObjectInfo:
        """Write the object to ``path``, which appears whole or not at all.

        Raises:
            PermanentError: OBJECT_MISSING.
        """

    @abstractmethod
    async def put(self, key: str, data: bytes, *, content_type: str = OCTETS) -> None:
        """Store ``data`` under ``key``, replacing what was there."""

    @abstractmethod
    async def put_if_absent(self, key: str, data: bytes, *, content_type: str = OCTETS) -> bool:
        """Store ``data`` unless there is such an object; whether it was stored.

        False may also be the answer to a repeated request whose first answer got lost: read the
        object to see whose it is. Stores that look before they write (Swift does) can let two
        writers of the same instant both in, and the later stays.
        """

    @abstractmethod
    async def put_file(self, key: str, path: Path, *, content_type: str = OCTETS) -> None:
        """Store a file in parts, never holding it whole; readers see it whole or not at all."""

    @abstractmethod
    async def stat(self, key: str) -> ObjectInfo | None:
        """Size, etag and content type; None when there is no such object."""

    @abstractmethod
    def list(
        self, prefix: str, *, start_after: str = "", page_size: int = 1000
    ) -> AsyncIterator[ObjectInfo]:
        """Every object whose key begins with ``prefix`` and follows ``start_after``, in order."""

    @abstractmethod
    async def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; keys that are not there are no error."""

    @abstractmethod
    async def presigned_get(self, key: str, expires_s: int) -> str:
        """An address that anyone may GET the object from for ``expires_s`` seconds."""

    @abstractmethod
    async def ensure_bucket(self) -> None:
        """Create the bucket unless it is there."""

    @abstractmethod
    async def ping(self) -> None:
        """Return when the bucket answers to our credentials."""

    async def exists(self, key: str) -> bool:
        """Whether there is such an object."""
        return await self.stat(key) is not None


def check_key(key: str) -> str:
    """``key`` itself when the store could hold it."""
    if not 0 < len(key.encode()) <= LONGEST_KEY_BYTES:
        raise PermanentError(
            ErrorCode.OBJECT_KEY_INVALID,
            f"Object key {key[:80]!r} must have 1 to {LONGEST_KEY_BYTES} bytes.",
        )
    return key


def missing(key: str) -> PermanentError:
    return PermanentError(ErrorCode.OBJECT_MISSING, f"The store holds no object {key!r}.")


def too_large(key: str, size_bytes: int, max_bytes: int) -> PermanentError:
    return PermanentError(
        ErrorCode.FILE_FORMAT_INVALID,
        f"Object {key!r} has {size_bytes} bytes, more than the {max_bytes} allowed here.",
    )

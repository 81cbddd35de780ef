"""The interface of the object store, which the rest of the system uses."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from captionacc_contracts.errors import ErrorCode, PermanentError

from captionacc_wasabi.uploads import ClientUploads

ReportSent = Callable[[int], None]
"""Gets the number of bytes that were added to those sent before."""

OCTETS = "application/octet-stream"
LONGEST_KEY_BYTES = 1024
MOST_BYTES_IN_MEMORY = 256 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class StoreLimits:
    """Time-outs, retries and sizes of parts. ``attempts`` includes the first attempt.

    A transfer may last ``small_operation_s`` plus the time for its size at ``slowest_bytes_per_s``.
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
    """Describes an object. A listing does not give the ``content_type``, so it is None there."""

    key: str
    size_bytes: int
    etag: str
    content_type: str | None = None


class ObjectStore(ABC):
    """One bucket. Every method may raise:

    - ``TransientError(STORE_UNAVAILABLE)``: time-out, cut connection, an answer 5xx;
    - ``PermanentError(STORE_UNAVAILABLE)``: credentials refused or the bucket is missing;
    - ``PermanentError(OBJECT_KEY_INVALID)``: a key that is empty or longer than 1,024 bytes.
    """

    name = "object store"
    uploads: ClientUploads
    """Uploads that clients send straight to the store."""

    @abstractmethod
    async def get(self, key: str, *, max_bytes: int = MOST_BYTES_IN_MEMORY) -> bytes:
        """Read the whole object into memory.

        Raises:
            PermanentError: OBJECT_MISSING; FILE_FORMAT_INVALID when the object has more than
                ``max_bytes``.
        """

    @abstractmethod
    async def get_head(self, key: str, count: int) -> bytes:
        """Read the first ``count`` bytes, or all when the object has fewer.

        Raises:
            PermanentError: OBJECT_MISSING.
        """

    @abstractmethod
    async def get_to_file(self, key: str, path: Path) -> ObjectInfo:
        """Write the object to ``path``. The file appears complete or not at all.

        Raises:
            PermanentError: OBJECT_MISSING.
        """

    @abstractmethod
    async def put(self, key: str, data: bytes, *, content_type: str = OCTETS) -> None:
        """Store ``data`` under ``key``, replacing an object that exists."""

    @abstractmethod
    async def put_if_absent(self, key: str, data: bytes, *, content_type: str = OCTETS) -> bool:
        """Store ``data`` unless the object exists; returns whether it was stored.

        False is also the answer when the client repeats a request whose first answer was lost:
        read the object to see who wrote it. A store that checks before it writes, as Swift does,
        can accept two writers at the same instant; the later object stays.
        """

    @abstractmethod
    async def put_file(
        self, key: str, path: Path, *, content_type: str = OCTETS, report: ReportSent | None = None
    ) -> None:
        """Store a file in parts, without reading all of it into memory.

        Readers see the complete object or none. ``report`` is called after each part.
        """

    @abstractmethod
    async def stat(self, key: str) -> ObjectInfo | None:
        """Describe the object; None when it does not exist."""

    @abstractmethod
    def list(
        self, prefix: str, *, start_after: str = "", page_size: int = 1000
    ) -> AsyncIterator[ObjectInfo]:
        """List the objects whose key begins with ``prefix`` and sorts after ``start_after``.

        They come in the order of their keys.
        """

    @abstractmethod
    async def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; a key without an object is not an error."""

    @abstractmethod
    async def presigned_get(self, key: str, expires_s: int) -> str:
        """An address from which anyone may GET the object for ``expires_s`` seconds.

        It names the host that browsers reach, and serves ranges.
        """

    @abstractmethod
    async def presigned_gets(self, keys: Sequence[str], expires_s: int) -> Sequence[str]:
        """Addresses like :meth:`presigned_get`, in the order of ``keys``."""

    @abstractmethod
    async def ensure_bucket(self) -> None:
        """Create the bucket unless it exists."""

    @abstractmethod
    async def ping(self) -> None:
        """Return when the bucket answers and accepts our credentials."""

    async def exists(self, key: str) -> bool:
        """Whether the object exists."""
        return await self.stat(key) is not None


def check_key(key: str) -> str:
    """Return ``key`` when it is a possible key of the store.

    Raises:
        PermanentError: OBJECT_KEY_INVALID.
    """
    if not 0 < len(key.encode()) <= LONGEST_KEY_BYTES:
        raise PermanentError(
            ErrorCode.OBJECT_KEY_INVALID,
            f"The object key {key[:80]!r} must have 1 to {LONGEST_KEY_BYTES} bytes.",
        )
    return key


def missing(key: str) -> PermanentError:
    return PermanentError(ErrorCode.OBJECT_MISSING, f"The store has no object {key!r}.")


def too_large(key: str, size_bytes: int, max_bytes: int) -> PermanentError:
    return PermanentError(
        ErrorCode.FILE_FORMAT_INVALID,
        f"The object {key!r} has {size_bytes} bytes, more than the {max_bytes} allowed here.",
    )

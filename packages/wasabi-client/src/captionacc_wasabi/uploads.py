"""Uploads that a client sends in parts, straight to the store."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

# S3 refuses an upload with more parts, and parts below the size except the last one.
MOST_PARTS = 10_000
SMALLEST_PART_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class SentPart:
    """A part that the store has; parts are numbered from 1."""

    number: int
    size_bytes: int
    etag: str


@dataclass(frozen=True, kw_only=True)
class PartToSend:
    """A part that a client is to send: exactly ``size_bytes`` bytes."""

    number: int
    size_bytes: int


class ClientUploads(ABC):
    """Multipart uploads whose bytes do not pass through us.

    The methods raise what those of ``ObjectStore`` raise.
    """

    @abstractmethod
    async def begin(self, key: str, *, content_type: str) -> str:
        """Begin an upload of ``key``; returns the store's id of the upload."""

    @abstractmethod
    async def addresses(
        self, key: str, upload_id: str, parts: Sequence[PartToSend], expires_s: int
    ) -> list[str]:
        """An address per part, to which anyone may PUT that part for ``expires_s`` seconds.

        The store refuses a body with another number of bytes.
        """

    @abstractmethod
    async def sent(self, key: str, upload_id: str) -> list[SentPart] | None:
        """The parts that the store has, by number; None when it does not know the upload.

        Every store forgets an aborted upload. Some stores also forget a completed one.
        """

    @abstractmethod
    async def complete(self, key: str, upload_id: str, parts: Sequence[SentPart]) -> None:
        """Join the parts; the object appears under ``key``.

        Swift completes an upload a second time with the same result.

        Raises:
            PermanentError: OBJECT_MISSING when the store does not know the upload or a part.
        """

    @abstractmethod
    async def abort(self, key: str, upload_id: str) -> None:
        """Drop the upload and its parts, unless it was completed or the store does not know it."""

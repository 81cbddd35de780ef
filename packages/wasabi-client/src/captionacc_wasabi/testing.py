"""An object store in memory, for unit tests; one test suite runs against it and the real store."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from uuid import uuid4

from captionacc_wasabi.store import (
    MOST_BYTES_IN_MEMORY,
    OCTETS,
    ObjectInfo,
    ObjectStore,
    ReportSent,
    check_key,
    missing,
    too_large,
)
from captionacc_wasabi.uploads import ClientUploads, PartToSend, SentPart


class InMemoryObjectStore(ObjectStore):
    """Keeps objects only as long as it lives; its presigned addresses cannot be fetched."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[bytes, str]] = {}
        self.uploads: InMemoryUploads = InMemoryUploads(self)

    async def get(self, key: str, *, max_bytes: int = MOST_BYTES_IN_MEMORY) -> bytes:
        data, _ = self._object(key)
        if len(data) > max_bytes:
            raise too_large(key, len(data), max_bytes)
        return data

    async def get_head(self, key: str, count: int) -> bytes:
        return self._object(key)[0][:count]

    async def get_to_file(self, key: str, path: Path) -> ObjectInfo:
        data, _ = self._object(key)
        await asyncio.to_thread(path.write_bytes, data)
        return self._info(key)

    async def put(self, key: str, data: bytes, *, content_type: str = OCTETS) -> None:
        self._objects[check_key(key)] = (bytes(data), content_type)

    async def put_if_absent(self, key: str, data: bytes, *, content_type: str = OCTETS) -> bool:
        if check_key(key) in self._objects:
            return False
        self._objects[key] = (bytes(data), content_type)
        return True

    async def put_file(
        self, key: str, path: Path, *, content_type: str = OCTETS, report: ReportSent | None = None
    ) -> None:
        data = await asyncio.to_thread(path.read_bytes)
        await self.put(key, data, content_type=content_type)
        if report is not None:
            report(len(data))

    async def stat(self, key: str) -> ObjectInfo | None:
        return self._info(key) if check_key(key) in self._objects else None

    async def list(
        self, prefix: str, *, start_after: str = "", page_size: int = 1000
    ) -> AsyncIterator[ObjectInfo]:
        del page_size
        for key in sorted(self._objects, key=str.encode):
            if key.startswith(prefix) and key.encode() > start_after.encode():
                info = self._info(key)
                yield ObjectInfo(key=key, size_bytes=info.size_bytes, etag=info.etag)

    async def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._objects.pop(check_key(key), None)

    async def presigned_get(self, key: str, expires_s: int) -> str:
        return f"memory://{check_key(key)}?expires={expires_s}"

    async def presigned_gets(self, keys: Sequence[str], expires_s: int) -> Sequence[str]:
        return [await self.presigned_get(key, expires_s) for key in keys]

    async def ensure_bucket(self) -> None:
        return

    async def ping(self) -> None:
        return

    def _object(self, key: str) -> tuple[bytes, str]:
        try:
            return self._objects[check_key(key)]
        except KeyError:
            raise missing(key) from None

    def _info(self, key: str) -> ObjectInfo:
        data, content_type = self._objects[key]
        etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return ObjectInfo(key=key, size_bytes=len(data), etag=etag, content_type=content_type)


class InMemoryUploads(ClientUploads):
    """Nobody can send to its addresses; a test sends a part with ``receive``."""

    def __init__(self, store: InMemoryObjectStore) -> None:
        self._store = store
        self._parts: dict[tuple[str, str], dict[int, bytes]] = {}
        self._content_types: dict[tuple[str, str], str] = {}

    def receive(self, key: str, upload_id: str, number: int, data: bytes) -> None:
        """Take a part, as the store does when a client sends it."""
        self._parts[key, upload_id][number] = data

    async def begin(self, key: str, *, content_type: str) -> str:
        upload_id = uuid4().hex
        self._parts[check_key(key), upload_id] = {}
        self._content_types[key, upload_id] = content_type
        return upload_id

    async def addresses(
        self, key: str, upload_id: str, parts: Sequence[PartToSend], expires_s: int
    ) -> list[str]:
        return [f"memory://{key}?upload={upload_id}&part={p.number}&{expires_s}" for p in parts]

    async def sent(self, key: str, upload_id: str) -> list[SentPart] | None:
        parts = self._parts.get((key, upload_id))
        if parts is None:
            return None
        return [
            SentPart(
                number=number,
                size_bytes=len(data),
                etag=hashlib.md5(data, usedforsecurity=False).hexdigest(),
            )
            for number, data in sorted(parts.items())
        ]

    async def complete(self, key: str, upload_id: str, parts: Sequence[SentPart]) -> None:
        received = self._parts.get((key, upload_id))
        if received is None or any(part.number not in received for part in parts):
            raise missing(key)
        await self._store.put(
            key,
            b"".join(received[part.number] for part in parts),
            content_type=self._content_types[key, upload_id],
        )
        del self._parts[key, upload_id]

    async def abort(self, key: str, upload_id: str) -> None:
        self._parts.pop((key, upload_id), None)

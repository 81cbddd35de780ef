"""What the work of a call needs of the object store."""

from pathlib import Path
from typing import Protocol

from captionacc_wasabi.store import OCTETS, ObjectInfo


class CallFiles(Protocol):
    """Reads inputs and writes outputs, by the keys and with the errors of ``ObjectStore``."""

    async def get(self, key: str) -> bytes: ...

    async def get_to_file(self, key: str, path: Path) -> ObjectInfo: ...

    async def put(self, key: str, data: bytes, *, content_type: str = OCTETS) -> None: ...

    async def put_file(self, key: str, path: Path, *, content_type: str = OCTETS) -> None: ...

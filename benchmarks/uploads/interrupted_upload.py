"""An upload in parts that is cut twice and outlives a restart of the gateway.

After each interruption, a new client goes on that knows only the id of the upload.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings

from benchmarks.uploads.gateway_process import GatewayProcess, token

_HEAD = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"
_AT_ONCE = 4
_PIECE = 64 * 1024
_LIMIT_S = 120.0
# At these shares of the file: the connections break, the gateway restarts, the connections break.
_CUTS = (0.3, 0.7)
_RESTART = 0.5


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Memory of the gateway in MiB: before the first request, and the most until the end.

    ``peaks_mib`` has one peak per process: before and after the restart.
    """

    size_bytes: int
    seconds: float
    interruptions: int
    parts: int
    puts: int
    idle_mib: float
    peaks_mib: list[float]
    video_id: UUID


class CutError(Exception):
    """The connection of the page breaks."""


class Page:
    """A browser's page that sends the file; ``stop_at`` bytes later, its connections break."""

    def __init__(self, gateway: GatewayProcess, tenant: UUID, size_bytes: int) -> None:
        self._gateway = gateway
        self._tenant = tenant
        self._size_bytes = size_bytes
        self.puts = 0

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {token(self._tenant)}"}
        async with httpx.AsyncClient(base_url=self._gateway.url, timeout=_LIMIT_S) as client:
            answer = await client.request(method, path, json=body, headers=headers)
        answer.raise_for_status()
        return answer.json()

    async def send(self, upload_id: str, until: float) -> None:
        """Send missing parts until the store has this share of the file."""
        while True:
            upload = await self.ask("GET", f"/uploads/{upload_id}")
            left = until * self._size_bytes - upload["sent_bytes"]
            parts = upload["next_parts"]
            wanted = parts[: max(0, -int(-left // upload["part_bytes"]))]
            if not wanted:
                return
            await self._send_all(wanted)

    async def break_off(self, upload_id: str) -> None:
        """Begin to send parts, and break the connections in the middle of each."""
        upload = await self.ask("GET", f"/uploads/{upload_id}")
        # The last part may be so short that it goes out in one piece.
        parts = [part for part in upload["next_parts"] if part["size_bytes"] > _PIECE][:_AT_ONCE]
        async with httpx.AsyncClient(timeout=_LIMIT_S) as store:
            ends = await asyncio.gather(
                *(self._put(store, part, stop_at=part["size_bytes"] // 2) for part in parts),
                return_exceptions=True,
            )
        assert all(isinstance(end, CutError) for end in ends), ends

    async def _send_all(self, parts: list[Any]) -> None:
        turns = asyncio.Semaphore(_AT_ONCE)
        async with httpx.AsyncClient(timeout=_LIMIT_S) as store, asyncio.TaskGroup() as group:

            async def send(part: Any) -> None:
                async with turns:
                    await self._put(store, part)

            for part in parts:
                group.create_task(send(part))

    async def _put(self, store: httpx.AsyncClient, part: Any, stop_at: int | None = None) -> None:
        async def body() -> AsyncIterator[bytes]:
            data = part_of(part["number"], part["size_bytes"])
            for at in range(0, len(data), _PIECE):
                if stop_at is not None and at >= stop_at:
                    raise CutError
                yield data[at : at + _PIECE]

        self.puts += 1
        answer = await store.put(
            part["url"], content=body(), headers={"Content-Length": str(part["size_bytes"])}
        )
        answer.raise_for_status()


def part_of(number: int, size_bytes: int) -> bytes:
    """The bytes of a part of the file, which differ from those of every other part."""
    head = _HEAD if number == 1 else b""
    block = hashlib.shake_256(str(number).encode()).digest(4096)
    return (head + block * (size_bytes // len(block) + 1))[:size_bytes]


async def run(gateway: GatewayProcess, store: StoreSettings, size_bytes: int) -> Figures:
    """Upload a file of this size with the interruptions, and check the object.

    The gateway must not be running; it is stopped at the end.
    """
    tenant = uuid4()
    puts = 0
    await gateway.start()
    idle_mib = gateway.memory_mib("VmRSS")
    began = time.monotonic()
    upload = await Page(gateway, tenant, size_bytes).ask(
        "POST", "/videos", {"display_name": "long.mp4", "size_bytes": size_bytes}
    )
    peaks = []
    for share in sorted([*_CUTS, _RESTART]):
        page = Page(gateway, tenant, size_bytes)
        await page.send(upload["id"], share)
        if share == _RESTART:
            peaks.append(gateway.memory_mib("VmHWM"))
            await gateway.stop()
            await gateway.start()
        else:
            await page.break_off(upload["id"])
        puts += page.puts
    page = Page(gateway, tenant, size_bytes)
    await page.send(upload["id"], 1.0)
    video = await page.ask("POST", f"/uploads/{upload['id']}/complete")
    assert await page.ask("POST", f"/uploads/{upload['id']}/complete") == video
    seconds = time.monotonic() - began
    peaks.append(gateway.memory_mib("VmHWM"))
    await gateway.stop()
    await _check(store, tenant, upload)
    return Figures(
        size_bytes=size_bytes,
        seconds=seconds,
        interruptions=len(_CUTS) + 1,
        parts=upload["part_count"],
        puts=puts + page.puts,
        idle_mib=idle_mib,
        peaks_mib=peaks,
        video_id=UUID(video["id"]),
    )


async def _check(settings: StoreSettings, tenant: UUID, upload: Any) -> None:
    """Compare the object with the file, part by part."""
    part_bytes, size_bytes = upload["part_bytes"], upload["size_bytes"]
    async with open_store(settings) as store:
        [info] = [info async for info in store.list(f"{tenant}/")]
        assert info.size_bytes == size_bytes
        url = await store.presigned_get(info.key, 3600)
    async with httpx.AsyncClient(timeout=_LIMIT_S) as client:
        for number in range(1, upload["part_count"] + 1):
            first = (number - 1) * part_bytes
            last = min(first + part_bytes, size_bytes) - 1
            answer = await client.get(url, headers={"Range": f"bytes={first}-{last}"})
            assert answer.status_code == 206
            assert answer.content == part_of(number, last - first + 1), f"part {number} differs"

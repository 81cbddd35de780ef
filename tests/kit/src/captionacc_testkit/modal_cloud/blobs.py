"""Blobs: data that is too large for a message, kept in memory and moved by plain HTTP."""

import hashlib
import itertools

from aiohttp import web


class Blobs:
    """Gives every blob an id and an address for the client's PUT and GET requests."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self._ids = (f"bl-{number}" for number in itertools.count(1))
        self._runner: web.AppRunner | None = None
        self._url = ""
        self.broken_downloads = 0
        self.downloads = 0
        self.uploads = 0

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_put("/{blob_id}", self._put)
        app.router.add_get("/{blob_id}", self._get)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._url = f"http://{host}:{port}"

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def new_id(self) -> str:
        return next(self._ids)

    def keep(self, data: bytes) -> str:
        """Store ``data`` as a container does and return the id of its blob."""
        blob_id = self.new_id()
        self._kept[blob_id] = data
        return blob_id

    def read(self, blob_id: str) -> bytes:
        return self._kept[blob_id]

    def url(self, blob_id: str) -> str:
        return f"{self._url}/{blob_id}"

    async def _put(self, request: web.Request) -> web.Response:
        data = await request.read()
        self._kept[request.match_info["blob_id"]] = data
        self.uploads += 1
        etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return web.Response(headers={"ETag": f'"{etag}"'})

    async def _get(self, request: web.Request) -> web.StreamResponse:
        data = self._kept.get(request.match_info["blob_id"])
        if data is None:
            return web.Response(status=404)
        if self.broken_downloads:
            self.broken_downloads -= 1
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=500)
        self.downloads += 1
        return web.Response(body=data)

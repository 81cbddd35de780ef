"""The running server: the workspace behind Modal's gRPC service, on loopback."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from grpclib.server import Server

from captionacc_testkit.modal_cloud.cloud import ModalCloud
from captionacc_testkit.modal_cloud.service import ModalService


@asynccontextmanager
async def modal_cloud() -> AsyncIterator[ModalCloud]:
    """A running server on loopback; its calls end with it."""
    cloud = ModalCloud()
    server = Server([ModalService(cloud)])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        cloud.port = listening.getsockname()[1]
        await cloud.blobs.start()
        await server.start(sock=listening)
        try:
            yield cloud
        finally:
            await cloud.end_calls()
            server.close()
            await server.wait_closed()
            await cloud.blobs.stop()

"""What the client sends to the gateway."""

import asyncio
from uuid import UUID

import pytest
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_stack.gateway_client import GatewayClient, GatewayRefusalError

VIDEO = UUID(int=1)
REGION = CropRegion(crop_left=0.0, crop_top=0.7, crop_right=1.0, crop_bottom=1.0)


@pytest.mark.parametrize("force", [False, True])
async def test_force_is_sent_only_when_asked_for(force: bool) -> None:
    paths: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        paths.append((await reader.readline()).decode().split()[1])
        writer.write(b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with GatewayClient(f"http://127.0.0.1:{port}", "token") as client:
            for asked in (
                client.approve_layout(VIDEO, REGION, force=force),
                client.request_ocr(VIDEO, force=force),
                client.retry(VIDEO, force=force),
            ):
                with pytest.raises(GatewayRefusalError):
                    await asked
    query = "?force=true" if force else ""
    assert paths == [
        f"/videos/{VIDEO}/{route}{query}"
        for route in ("approve-layout", "captions/request-ocr", "retry")
    ]

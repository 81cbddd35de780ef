import asyncio
import base64
from typing import Any

import httpx
import pytest
from captionacc_webhook_gateway.prefect_client import PrefectApi


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://app.test", True), ("https://other.test", False)]
)
async def test_only_the_named_origins_may_call_from_a_browser(
    start_gateway: Any, origin: str, allowed: bool
) -> None:
    gateway = await start_gateway(cors_allow_origins="https://app.test")
    answer = await gateway.client.options(
        "/videos",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization",
        },
    )
    assert (answer.headers.get("access-control-allow-origin") == origin) is allowed


async def test_prefect_is_shown_the_auth_string() -> None:
    heard: list[str] = []

    async def listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(listening, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, httpx.AsyncClient(timeout=5) as client:
        await PrefectApi(f"http://127.0.0.1:{port}/api/", client, "user:päss").ping()
    [request] = heard
    assert request.startswith("GET /api/ready ")
    shown = base64.b64encode("user:päss".encode()).decode()
    assert f"authorization: basic {shown}".lower() in request.lower()

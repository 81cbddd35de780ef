"""Slow clients lose their connections and keep nobody out; the gateway is a process here."""

import asyncio
import resource
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from captionacc_http.edge import bodies, connections
from captionacc_testkit.http import answers
from captionacc_testkit.slow_clients import attack

SECRET = "a-test-secret-of-more-than-32-bytes!"
# A busy machine needs this long in addition to every limit.
SLACK_S = 6.0
CLIENTS = 1000
# The clients are files of this process too, beside those of the test.
FILES = 4096


@asynccontextmanager
async def gateway_process(gateway: Any, port: int, *, files: int, **env: str) -> AsyncIterator[str]:
    """Start a gateway that may open ``files`` files."""
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        f"ulimit -n {files} && exec '{sys.executable}' -m captionacc_webhook_gateway",
        env=gateway.environment(port) | env,
        stdout=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url) as client:
            await answers(client, "/health/live", within_s=60, what="the gateway's process")
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            await process.wait()


@pytest.fixture
def many_files() -> Iterator[None]:
    """Let this process open ``FILES`` files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES:
        pytest.skip(f"This machine lets a process open {hard} files; the test needs {FILES}.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, FILES), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
@pytest.mark.timeout(200)
async def test_slow_clients_do_not_disturb_others(gateway: Any, free_tcp_port: int) -> None:
    async with gateway_process(gateway, free_tcp_port, files=FILES):
        seconds = bodies.BODY_WITHIN_S + 2 * SLACK_S
        # The kernel lets some clients wait for a connection, for seconds.
        seen = await attack(free_tcp_port, CLIENTS, seconds, rest_s=90)
    assert seen.failed == 0
    assert seen.percentile(0.99) < 1
    limits = {
        "half a head": connections.HEAD_WITHIN_S,
        "nothing": connections.HEAD_WITHIN_S,
        "half a body": bodies.BODY_WITHIN_S,
    }
    for kind, held_s in seen.held_s.items():
        assert len(held_s) >= CLIENTS // 3, kind
        assert max(held_s) < limits[kind] + SLACK_S, kind


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kinds", [["half a head"], ["half a body"], ["nothing"]])
async def test_slow_clients_cannot_use_up_the_files(
    gateway: Any, free_tcp_port: int, kinds: list[str]
) -> None:
    async with gateway_process(gateway, free_tcp_port, files=300):
        seen = await attack(free_tcp_port, 350, 6.0, kinds)
    # While all of them connect at once, they may push out a client that has just connected too.
    assert seen.failed <= 1
    assert len(seen.answers_s) > 10


async def test_an_idle_connection_is_closed_after_its_answer(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(gateway.url.rpartition(":")[2])
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", 0.5)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: gateway\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head
        await reader.readexactly(len(b'{"status":"ok"}'))
    writer.write(b"GET /health/live HTTP/1.1\r\nHost: ")
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()


async def test_a_refused_body_is_not_read_to_its_end(gateway: Any) -> None:
    port = int(gateway.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /webhooks/supabase/videos HTTP/1.1\r\nHost: gateway\r\n"
        b"Authorization: Bearer webhook-secret-now\r\n"
        b"Content-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n"
    )
    async with asyncio.timeout(20):
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 413 " in head
        assert b"connection: close" in head.lower()
        assert b'"status":413' in await reader.read()
        assert await _sent_until_refused(writer) < 50_000_000
    writer.transport.abort()


async def _sent_until_refused(writer: asyncio.StreamWriter) -> int:
    sent = 0
    with suppress(OSError):
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536
    return sent


async def test_a_slow_body_is_answered_and_its_connection_ends(
    start_gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_WITHIN_S", 0.5)
    gateway = await start_gateway()
    port = int(gateway.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /webhooks/supabase/videos HTTP/1.1\r\nHost: gateway\r\n"
        b"Authorization: Bearer webhook-secret-now\r\n"
        b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    async with asyncio.timeout(10):
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    assert b"x-request-id" in answer
    writer.close()


async def test_what_is_not_http_gets_a_problem(gateway: Any) -> None:
    port = int(gateway.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\x16\x03\x01 not http\r\n\r\n")
    async with asyncio.timeout(10):
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer
    assert b"x-request-id" in answer
    writer.close()

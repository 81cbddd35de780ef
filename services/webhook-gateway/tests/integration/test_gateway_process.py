"""The gateway as a process, and what applies to all of its routes."""

import asyncio
import signal
import sys
from collections.abc import Callable
from typing import Any

import httpx
from captionacc_testkit.http import answers


async def start(env: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "captionacc_webhook_gateway",
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_it_stops_at_once_while_a_stream_is_open(gateway: Any, free_tcp_port: int) -> None:
    tenant, _ = await gateway.video()
    process = await start(gateway.environment(free_tcp_port))
    url = f"http://127.0.0.1:{free_tcp_port}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=20) as client:
            await answers(client, "/health/live", within_s=30, what="the gateway's process")
            async with client.stream("GET", "/events", headers=gateway.user(tenant)) as answer:
                lines = answer.aiter_lines()
                assert (await anext(lines)).startswith("retry:")
                process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(8):
                    async for _ in lines:
                        pass
                    await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
    output = (await process.communicate())[0].decode()
    assert process.returncode in (0, -signal.SIGTERM)
    assert "Traceback" not in output
    assert "a-test-secret" not in output


async def test_an_internal_port_serves_what_the_public_port_does_not(
    gateway: Any, free_tcp_port_factory: Callable[[], int]
) -> None:
    public, internal = free_tcp_port_factory(), free_tcp_port_factory()
    process = await start({**gateway.environment(public), "INTERNAL_PORT": str(internal)})
    try:
        async with httpx.AsyncClient(timeout=20) as client:
            url = f"http://127.0.0.1:{public}"
            await answers(client, f"{url}/health/live", within_s=60, what="the gateway's process")
            for path in ("/metrics", "/schema"):
                assert (await client.get(f"{url}{path}")).status_code == 404
                assert (await client.get(f"http://127.0.0.1:{internal}{path}")).status_code == 200
            live = await client.get(f"http://127.0.0.1:{internal}/health/live")
            assert live.status_code == 200
    finally:
        process.terminate()
        await process.communicate()


async def test_it_names_what_is_missing_and_exits_2(gateway: Any, free_tcp_port: int) -> None:
    env = gateway.environment(free_tcp_port)
    del env["WEBHOOK_SECRET"], env["PRIORITY_URL"]
    process = await start(env)
    _, stderr = await process.communicate()
    assert process.returncode == 2
    assert b"WEBHOOK_SECRET" in stderr
    assert b"PRIORITY_URL" in stderr


async def test_the_documentation_page_needs_no_other_site(gateway: Any) -> None:
    page = (await gateway.client.get("/schema/plain")).text
    assert "/videos/{video_id}/approve-layout" in page
    assert "Crop to the approved region and find the captions" in page
    assert "https://" not in page
    assert "<script" not in page


async def test_every_answer_carries_a_request_id_and_is_measured(gateway: Any) -> None:
    answer = await gateway.client.get("/health/live", headers={"X-Request-Id": "theirs"})
    assert len(answer.headers["x-request-id"]) == 32
    metrics = (await gateway.client.get("/metrics")).text
    assert 'captionacc_gateway_request_seconds_count{method="GET",route="/health/live"' in metrics

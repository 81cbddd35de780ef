import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

TENANT = "00000000-0000-0000-0000-000000000001"
JOB = "00000000-0000-0000-0000-00000000000a"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service() -> AsyncIterator[httpx.AsyncClient]:
    """The real process, told to stop at the end, which it must do by itself."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "captionacc_priority",
        env={**os.environ, "HOST": "::", "PORT": str(port), "PRIORITY_BASE_FREE": "40"},
    )
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
        try:
            async with asyncio.timeout(20):
                while True:
                    try:
                        if (await client.get("/health/ready")).status_code == 200:
                            break
                    except httpx.TransportError:
                        await asyncio.sleep(0.05)
            yield client
        finally:
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(10):
                await process.wait()
    assert process.returncode in (0, -signal.SIGTERM)


async def test_it_answers_over_ipv4_and_ipv6(service: httpx.AsyncClient) -> None:
    """Health checks on Fly come over IPv4, and the gateway over IPv6."""
    port = service.base_url.port
    for host in ("127.0.0.1", "[::1]"):
        answer = await service.get(f"http://{host}:{port}/health/ready")
        assert answer.status_code == 200


async def test_score_answers_with_parts(service: httpx.AsyncClient) -> None:
    answer = await service.post(
        "/v1/score",
        json={
            "tier": "free",
            "requested_at": "2026-01-01T00:00:00Z",
            "now": "2026-01-01T01:00:00Z",
            "size_bytes": 10,
        },
    )
    assert answer.status_code == 200
    assert answer.json() == {
        "score": 47.0,
        "priority": 47,
        "static_score": 45.0,
        "base": 40.0,
        "size_bonus": 5.0,
        "ageing_bonus": 2.0,
        "overdue": False,
    }


async def test_rank_answers_in_order(service: httpx.AsyncClient) -> None:
    candidates = [
        {
            "job_id": f"00000000-0000-0000-0000-00000000000{number}",
            "tenant_id": f"00000000-0000-0000-0000-0000000000{number}0",
            "static_score": number,
            "ageing": False,
            "requested_at": "2026-01-01T00:00:00Z",
        }
        for number in (1, 2, 3)
    ]
    answer = await service.post("/v1/rank", json={"candidates": candidates})
    assert [row["job_id"][-1] for row in answer.json()["ranked"]] == ["3", "2", "1"]


async def test_policy_shows_the_settings(service: httpx.AsyncClient) -> None:
    assert (await service.get("/v1/policy")).json()["base_scores"]["free"] == 40.0


CANDIDATE: dict[str, Any] = {
    "job_id": JOB,
    "tenant_id": TENANT,
    "static_score": 1,
    "ageing": True,
    "requested_at": "2026-01-01T00:00:00Z",
}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/score", b"{", 400),
        ("/v1/score", b"", 400),
        ("/v1/score", {"tier": "gold", "requested_at": "2026-01-01T00:00:00Z"}, 422),
        ("/v1/score", {"tier": "free"}, 422),
        ("/v1/score", {"tier": "free", "requested_at": "2026-01-01T00:00:00"}, 422),
        ("/v1/score", {"tier": "free", "requested_at": "2026-01-01T00:00:00Z", "size": 1}, 422),
        (
            "/v1/score",
            {"tier": "free", "requested_at": "2026-01-01T00:00:00Z", "size_bytes": "1"},
            422,
        ),
        (
            "/v1/score",
            {"tier": "free", "requested_at": "2026-01-01T00:00:00Z", "base_override": 101},
            422,
        ),
        (
            "/v1/score",
            {"tier": "free", "requested_at": "2026-01-01T00:00:00Z", "size_bytes": -1},
            422,
        ),
        ("/v1/rank", {"candidates": [{**CANDIDATE, "static_score": -1}]}, 422),
        ("/v1/rank", {"candidates": [{**CANDIDATE, "requested_at": "2026-01-01"}]}, 422),
        ("/v1/rank", {"candidates": [CANDIDATE], "in_progress": {"nobody": 1}}, 422),
        ("/v1/rank", {"candidates": [CANDIDATE], "in_progress": {TENANT: -1}}, 422),
        ("/v1/rank", b"[" + b"0," * 3_000_000 + b"0]", 413),
        ("/v1/none", {}, 404),
    ],
)
async def test_a_bad_request_gets_a_problem_document(
    service: httpx.AsyncClient, path: str, body: Any, status: int
) -> None:
    sent: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
    answer = await service.post(path, headers={"Content-Type": "application/json"}, **sent)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["instance"] == path
    assert problem["detail"]
    assert "Traceback" not in answer.text


async def test_docs_page_stands_alone(service: httpx.AsyncClient) -> None:
    page = (await service.get("/schema/plain")).text
    assert "/v1/rank" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page
    document = (await service.get("/schema/openapi.json")).json()
    assert "requestBody" in document["paths"]["/v1/score"]["post"]


async def test_probes_and_metrics_answer(service: httpx.AsyncClient) -> None:
    assert (await service.get("/health/live")).status_code == 200
    assert "captionacc_priority_scores_total" in (await service.get("/metrics")).text


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b'{"tier": "\xff"}', 400),
        ("application/json", b'{"tier": ' + b"[" * 5000, 422),
        ("application/json", b'{"extra": ' + b"[" * 5000, 422),
        ("text/plain", b"{}", 415),
        (None, b"{}", 415),
    ],
)
async def test_an_unreadable_body_is_no_error_of_the_service(
    service: httpx.AsyncClient, content_type: str | None, body: bytes, status: int
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = await service.post("/v1/score", headers=headers, content=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.headers["x-request-id"]) == 32


async def test_unknown_paths_and_methods_are_problems(service: httpx.AsyncClient) -> None:
    unknown = await service.get("/nowhere")
    assert (unknown.status_code, unknown.json()["status"]) == (404, 404)
    wrong = await service.get("/v1/score")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST, OPTIONS")
    head = await service.head("/v1/policy")
    assert (head.status_code, head.content) == (200, b"")
    options = await service.options("/v1/policy")
    assert set(options.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert 'route="unknown"' in (await service.get("/metrics")).text


async def test_it_names_the_port_that_it_cannot_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "captionacc_priority",
            env={**os.environ, "HOST": "::", "PORT": str(taken.getsockname()[1])},
            stderr=asyncio.subprocess.PIPE,
        )
        _, stderr = await process.communicate()
    assert process.returncode == 1
    assert b"captionacc-priority: cannot listen on ::" in stderr

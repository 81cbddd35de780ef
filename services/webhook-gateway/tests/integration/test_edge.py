"""What every route has in common at its edge: bodies, methods, unknown paths, readiness."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from captionacc_contracts.webhooks import SIGNATURE_HEADER, signature
from captionacc_testkit.http import answers

WEBHOOK = "/webhooks/supabase/videos"
GOOD = {"Authorization": "Bearer webhook-secret-now", "Content-Type": "application/json"}
# With the status of the webhook's route: a body may be refused for its shape before its end is
# read. Python 3.13 reads some 10,000 levels of nesting, earlier versions 1,000.
UNREADABLE = [
    (b'{"type": "\xff"}', 400),
    (b'{"\xb1": 1}', 422),
    (b"[" * 50000 + b"]" * 50000, 422),
    (b'{"record": ' + b'{"a":' * 50000 + b"1" + b"}" * 50000 + b"}", 400),
    (b"\xff\xfe{\x00}\x00", 400),
]


def is_problem(answer: httpx.Response, status: int) -> bool:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.headers["x-request-id"]) == 32
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    return True


def logged(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> str:
    """The lines of the gateway in this process, whether or not another test set up logging."""
    return capsys.readouterr().out + caplog.text


@pytest.mark.parametrize(("body", "status"), UNREADABLE, ids=range(len(UNREADABLE)))
async def test_unreadable_json_is_a_bad_request_and_no_error_of_the_service(
    gateway: Any,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    body: bytes,
    status: int,
) -> None:
    tenant, video = await gateway.video()
    user = {**gateway.user(tenant), "Content-Type": "application/json"}
    assert is_problem(await gateway.client.post(WEBHOOK, headers=GOOD, content=body), status)
    for route in ("approve-layout", "captions/request-ocr"):
        path = f"/videos/{video}/{route}"
        answer = await gateway.client.post(path, headers=user, content=body)
        assert is_problem(answer, 400 if answer.status_code == 400 else 422)
    log = logged(capsys, caplog)
    assert log.count("request_id") == 3
    assert "info" in log.lower()
    assert "error" not in log.lower()
    assert "Traceback" not in log


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 422),
        ("application/json; charset=utf-8", 422),
        ('Application/JSON;charset="UTF-8"', 422),
        ("application/vnd.captionacc+json", 422),
        ("application/json; charset=utf-16", 415),
        ("application/xml", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/x-www-form-urlencoded", 415),
        ("text/plain", 415),
        ("", 415),
        (None, 415),
    ],
)
async def test_a_body_must_be_declared_as_json(
    gateway: Any, content_type: str | None, status: int
) -> None:
    headers = {"Authorization": GOOD["Authorization"]}
    if content_type is not None:
        headers["Content-Type"] = content_type
    answer = await gateway.client.post(WEBHOOK, headers=headers, content=b"{}")
    assert is_problem(answer, status)


async def test_numbers_are_no_dates(gateway: Any) -> None:
    tenant, _ = await gateway.video()
    user = gateway.user(tenant)
    for value in ("0.5", "0", "1767225600", "yesterday"):
        answer = await gateway.client.get("/videos", headers=user, params={"before": value})
        assert is_problem(answer, 400)
        assert "before" in answer.json()["detail"]
    params = {"before": "2099-01-02T03:04:05+02:00"}
    answer = await gateway.client.get("/videos", headers=user, params=params)
    assert len(answer.json()["videos"]) == 1


async def test_unknown_paths_and_methods_are_seen(
    gateway: Any, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    secret_path = f"/{uuid4()}"
    assert is_problem(await gateway.client.get(secret_path), 404)
    other = await gateway.client.request("BREW", "/videos")
    assert is_problem(other, 405)
    assert set(other.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    wrong = await gateway.client.get(WEBHOOK)
    assert is_problem(wrong, 405)
    assert set(wrong.headers["allow"].split(", ")) == {"OPTIONS", "POST"}
    assert secret_path in logged(capsys, caplog)
    metrics = (await gateway.client.get("/metrics")).text
    assert 'request_seconds_count{method="GET",route="unknown",status="404"}' in metrics
    assert 'request_seconds_count{method="other",route="unknown",status="405"}' in metrics
    assert secret_path not in metrics
    assert "BREW" not in metrics


async def test_head_is_get_without_a_body(gateway: Any) -> None:
    tenant, video = await gateway.video()
    user = gateway.user(tenant)
    for path in ("/health/live", "/metrics", "/schema", "/videos", f"/videos/{video}"):
        get = await gateway.client.get(path, headers=user)
        head = await gateway.client.head(path, headers=user)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == get.headers["content-type"]
        assert int(head.headers["content-length"]) > 0
    assert (await gateway.client.head("/videos")).status_code == 401
    assert (await gateway.client.head(WEBHOOK)).status_code == 405
    metrics = (await gateway.client.get("/metrics")).text
    assert 'request_seconds_count{method="HEAD",route="/videos",status="200"}' in metrics


async def test_head_of_the_event_stream_ends_at_once(gateway: Any) -> None:
    tenant, _ = await gateway.video()
    async with asyncio.timeout(5):
        answer = await gateway.client.head("/events", headers=gateway.user(tenant))
        assert answer.headers["content-type"].startswith("text/event-stream")
        # The connection serves the next request.
        assert (await gateway.client.get("/health/live")).status_code == 200
    metrics = (await gateway.client.get("/metrics")).text
    assert "captionacc_gateway_event_streams 0.0" in metrics


async def test_options_names_the_methods(gateway: Any) -> None:
    _, video = await gateway.video()
    answer = await gateway.client.options(f"/videos/{video}/approve-layout")
    assert (answer.status_code, answer.content) == (204, b"")
    assert set(answer.headers["allow"].split(", ")) == {"OPTIONS", "POST"}
    assert is_problem(await gateway.client.options("/nowhere"), 404)


@pytest.mark.parametrize("secret", ["webhook-secret-now", "webhook-secret-before"])
async def test_a_signed_webhook_is_accepted_without_its_secret(gateway: Any, secret: str) -> None:
    tenant, video = await gateway.video()
    event = {
        "type": "INSERT",
        "table": "videos",
        "schema": "captionacc",
        "record": {"id": str(video), "tenant_id": str(tenant)},
        "old_record": None,
    }
    body = json.dumps(event).encode()
    [now] = await gateway.sql("select extract(epoch from now())::bigint as seconds")
    signed = {
        "Content-Type": "application/json",
        SIGNATURE_HEADER: signature(secret, body, now["seconds"]),
    }
    answer = await gateway.client.post(WEBHOOK, headers=signed, content=body)
    assert answer.status_code == 202, answer.text
    assert answer.json()["video_id"] == str(video)
    for headers, content in (
        (signed, body + b" "),
        ({**signed, SIGNATURE_HEADER: signature(secret, body, now["seconds"] - 3600)}, body),
        ({**signed, SIGNATURE_HEADER: signature("other", body, now["seconds"])}, body),
    ):
        answer = await gateway.client.post(WEBHOOK, headers=headers, content=content)
        assert is_problem(answer, 401)
    answer = await gateway.client.post(WEBHOOK, headers=signed, content=b"x" * 1_048_577)
    assert is_problem(answer, 413)


async def test_readiness_needs_only_what_has_no_fallback(start_gateway: Any) -> None:
    gateway = await start_gateway(priority_url="http://127.0.0.1:9")
    answer = await gateway.client.get("/health/ready")
    assert answer.status_code == 200
    report = answer.json()
    assert report["ok"]
    assert sorted(report["degraded"]) == ["prefect", "priority"]
    assert report["checks"]["postgres"] == "ok"


async def test_readiness_answers_within_two_seconds_when_postgres_hangs(
    start_gateway: Any,
) -> None:
    gateway = await start_gateway()
    assert (await gateway.client.get("/health/ready")).status_code == 200
    gateway.to_postgres.black_hole()
    loop = asyncio.get_running_loop()
    for _ in range(3):
        began = loop.time()
        answer = await gateway.client.get("/health/ready")
        assert loop.time() - began < 2
        assert answer.status_code == 503
        assert "no answer" in answer.json()["checks"]["postgres"]
    gateway.to_postgres.restore()
    await answers(gateway.client, "/health/ready", within_s=15, what="readiness")


async def test_an_internal_port_takes_the_operators_pages_off_the_public_port(
    start_gateway: Any,
) -> None:
    gateway = await start_gateway(internal_port=1)
    for path in ("/", "/metrics", "/schema", "/schema//openapi.json", "/metrics/"):
        assert is_problem(await gateway.client.get(path), 404)
    for path in ("/health/live", "/health/ready"):
        assert (await gateway.client.get(path)).status_code == 200

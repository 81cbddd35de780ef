"""Malformed webhooks and user requests: no answer is a server error, and no row changes.

``make fuzz`` sends 10,000 of each; the ordinary tests send some hundreds.
"""

import asyncio
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

CASES = int(os.environ.get("FUZZ_CASES", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
AT_ONCE = 4
WEBHOOK = "/webhooks/supabase/videos"
SECRET = "webhook-secret-now"
TYPES = [
    *["application/json"] * 20,
    "application/json; charset=utf-8",
    "application/json; charset=latin-1",
    "application/xml",
    "multipart/form-data; boundary=x",
    "text/plain",
    "",
    "\xff",
    "a/b; charset",
]
ODD: list[Any] = [
    None, True, -1, 0.5, 10**400, 1e308, "", "\x00", "\u202e", "𝔘", [], {}, [[]], {"": {}},
    "0" * 5000, "../..", "%2e%2e", "' or 1=1", "2026-13-99", float("nan"),
]  # fmt: skip

Case = tuple[str, str, dict[str, str], bytes]
"""Method, path with query, headers and body."""


def odd(rng: random.Random) -> Any:
    return rng.choice(ODD) if rng.random() < 0.8 else {"a": odd(rng), "b": [odd(rng)]}


def spoilt(rng: random.Random, value: dict[str, Any]) -> bytes:
    """Return JSON that is wrong in its structure, its types or its bytes."""
    value = dict(value)
    for _ in range(rng.randint(1, 3)):
        key = rng.choice([*value, "extra", ""])
        if rng.random() < 0.3:
            value.pop(key, None)
        else:
            value[key] = odd(rng)
    body = json.dumps(value, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
    match rng.randrange(6):
        case 0:
            return body[: rng.randint(0, len(body))]
        case 1:
            at = rng.randint(0, len(body))
            return body[:at] + rng.randbytes(rng.randint(1, 4)) + body[at:]
        case 2:
            depth = rng.randint(100, 20_000)
            return rng.choice([b"[", b'{"type":', b'{"record":{"a":']) * depth
        case 3:
            return rng.randbytes(rng.randint(0, 300))
        case 4:
            return body.decode().encode("utf-16")
        case _:
            return body


def asks_for_everything(body: bytes) -> bool:
    """Whether the body is a good request to read all captions: it is empty or names none."""
    if not body:
        return True
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and all(found is None for found in value.values())


def headers_of(rng: random.Random, token: str) -> dict[str, str]:
    shown = rng.choice([*[token] * 12, token[:-2], "", f"Basic {token}", "Bearer \xff"])
    headers = {"Authorization": shown, "Content-Type": rng.choice(TYPES)}
    if rng.random() < 0.2:
        signed = rng.choice(["", "t=1,v1=", f"t={10**30},v1={'0' * 64}", "\xff" * 9])
        headers["X-CaptionAcc-Signature"] = signed
    if rng.random() < 0.1:
        headers[rng.choice(["Accept", "Content-Encoding", "Expect", "Range", "Origin"])] = "\xe9?"
    return headers


def webhook(rng: random.Random, video: UUID, tenant: UUID) -> Case:
    event = {
        "type": rng.choice(["INSERT", "UPDATE", "insert", "TRUNCATE"]),
        "table": rng.choice(["videos", "captions", ""]),
        "schema": rng.choice(["captionacc", "public"]),
        "record": {"id": str(uuid4()), "tenant_id": str(tenant)},
        "old_record": None,
    }
    headers = headers_of(rng, f"Bearer {SECRET}")
    if rng.random() < 0.3:
        # The webhook of a video that waits, by somebody who does not know the secret.
        event |= {"type": "INSERT", "table": "videos", "schema": "captionacc"}
        event["record"] = {"id": str(video), "tenant_id": str(tenant)}
        headers["Authorization"] = rng.choice(["", "Bearer", f"Bearer {SECRET}x", SECRET])
        return "POST", WEBHOOK, headers, json.dumps(event).encode()
    method = rng.choice(["POST"] * 9 + ["PUT", "GET", "BREW", "TRACE"])
    return method, WEBHOOK, headers, spoilt(rng, event)


def user_request(rng: random.Random, video: UUID, token: str) -> Case:
    own = str(video)
    some = rng.choice([own, str(uuid4()), "0", "%00", "..%2f..", "a" * 3000, "%ff", "null"])
    number = rng.choice(["1", "0", "-1", "9" * 30, "1e3", "%C3%A9", "0x1"])
    odd_text = rng.choice(["", "0", "0.5", "-1", "1e400", "%00", "%ff", "x" * 4000, "2026-01-01"])
    changing = rng.choice(
        [f"/videos/{some}/approve-layout", f"/videos/{some}/captions/request-ocr"]
    )
    reading = rng.choice(
        [
            f"/videos?limit={odd_text}",
            f"/videos?before={odd_text}",
            f"/videos?before_id={odd_text}&before={odd_text}",
            f"/videos/{some}",
            f"/videos/{some}/captions",
            f"/videos/{some}/captions.srt",
            f"/videos/{some}/captions/{number}",
            f"/{some}/{number}",
            "//videos//",
            "/health/live/",
        ]
    )
    if rng.random() < 0.5:
        body = spoilt(rng, {"crop_region": {"crop_left": odd(rng)}, "caption_ids": [odd(rng)]})
        if asks_for_everything(body):
            body = b"[]"
        return "POST", changing, headers_of(rng, f"Bearer {token}"), body
    if rng.random() < 0.2:
        stranger = str(uuid4())
        path = f"/videos/{stranger}/{rng.choice(['retry', 'cancel'])}?force={odd_text}"
        return "POST", path, headers_of(rng, f"Bearer {token}"), b""
    method = rng.choice(["GET"] * 6 + ["HEAD", "OPTIONS", "PUT", "BREW"])
    return method, reading, headers_of(rng, f"Bearer {token}"), b""


async def digest(gateway: Any) -> dict[str, str]:
    """A digest of every table of the schema."""
    tables = await gateway.sql("select tablename from pg_tables where schemaname = 'captionacc'")
    return {
        row["tablename"]: (
            await gateway.sql(
                "select md5(coalesce(string_agg(t::text, '' order by t::text), '')) as digest "
                f"from captionacc.{row['tablename']} t"
            )
        )[0]["digest"]
        for row in tables
    }


async def sent(gateway: Any, cases: list[Case]) -> Counter[int]:
    """Send all cases, a few at a time; return how many got each status."""
    found: Counter[int] = Counter()
    waiting = iter(cases)

    async def some() -> None:
        for method, path, headers, body in waiting:
            raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            request = httpx.Request(method, gateway.url + path, headers=raw, content=body)
            answer = await gateway.client.send(request)
            found[answer.status_code] += 1
            seen = (method, path, headers, body[:200], answer.text)
            assert answer.status_code < 500, seen
            assert len(answer.headers["x-request-id"]) == 32, seen
            if answer.status_code >= 400 and method != "HEAD":
                assert answer.headers["content-type"] == "application/problem+json", seen
                assert answer.json()["status"] == answer.status_code, seen

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(some())
    return found


@pytest.mark.timeout(60 + CASES // 10)
@pytest.mark.parametrize("kind", ["webhooks", "user requests"])
async def test_malformed_requests_change_nothing(start_gateway: Any, kind: str) -> None:
    gateway = await start_gateway(cors_allow_origins="https://app.test")
    rng = random.Random(SEED)
    tenant, video = await gateway.video()
    _, other = await gateway.video(tenant)
    await gateway.ready_captions(other, tenant)
    # A whole run takes longer than the usual ten minutes on a busy machine.
    token = gateway.token(tenant, exp=int(time.time()) + 12 * 3600)
    make: Callable[[], Case] = (
        (lambda: webhook(rng, video, tenant))
        if kind == "webhooks"
        else (lambda: user_request(rng, rng.choice([video, other]), token))
    )
    before = await digest(gateway)
    found = await sent(gateway, [make() for _ in range(CASES)])
    assert await digest(gateway) == before
    print(f"{CASES} malformed {kind}, seed {SEED}: {dict(sorted(found.items()))}")
    # The cases reach past the first check.
    assert all(found[status] for status in (400, 401, 405, 422))

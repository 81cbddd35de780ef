import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.tiers import Tier
from captionacc_webhook_gateway import webhook_intake

PATH = "/webhooks/supabase/videos"
SENDER_WAITS_S = 5.0
GOOD = {"Authorization": "Bearer webhook-secret-now", "Content-Type": "application/json"}


def body(**changes: Any) -> dict[str, Any]:
    return {
        "type": "INSERT",
        "table": "videos",
        "schema": "captionacc",
        "record": {"id": str(uuid4()), "tenant_id": str(uuid4())},
        "old_record": None,
    } | changes


async def jobs_of(gateway: Any, video_id: UUID) -> list[Any]:
    async with gateway.database.transaction() as session:
        return list(await session.jobs.for_video(video_id))


async def test_an_inserted_video_gets_a_job_while_prefect_is_away(gateway: Any) -> None:
    tenant_id, video_id = await gateway.video(tier=Tier.PREMIUM, size_checked=True)
    answer = await gateway.inserted(video_id, tenant_id)
    assert answer.status_code == 202
    assert answer.json() == {
        "status": "accepted",
        "flow_run_id": None,
        "video_id": str(video_id),
        "priority": 75,
    }
    [job] = await jobs_of(gateway, video_id)
    assert job.kind is JobKind.VIDEO_INITIAL_PROCESSING
    assert (job.static_score, job.ageing, job.tier) == (75.0, True, Tier.PREMIUM)
    assert job.tags == [f"tenant:{tenant_id}", "tier:premium", "priority:75"]
    assert job.parameters.video_key == f"{tenant_id}/client/videos/{video_id}/video.mp4"


async def test_a_small_size_that_only_the_row_says_gives_no_points(gateway: Any) -> None:
    tenant_id, video_id = await gateway.video()
    assert (await gateway.inserted(video_id, tenant_id)).json()["priority"] == 50


async def test_repeated_webhooks_make_one_job(gateway: Any) -> None:
    tenant_id, video_id = await gateway.video()
    answers = await asyncio.gather(*(gateway.inserted(video_id, tenant_id) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(await jobs_of(gateway, video_id)) == 1


async def test_a_repeat_after_the_work_ended_starts_nothing(gateway: Any) -> None:
    tenant_id, video_id = await gateway.video()
    await gateway.inserted(video_id, tenant_id)
    run = uuid4()
    await gateway.sql(
        """update captionacc.jobs set state = 'error', ended_at = now(), flow_run_id = $2
        where video_id = $1""",
        video_id,
        run,
    )
    await gateway.set_video(video_id, status="error")
    answer = await gateway.inserted(video_id, tenant_id)
    assert (answer.status_code, answer.json()["flow_run_id"]) == (202, str(run))
    assert len(await jobs_of(gateway, video_id)) == 1


async def test_the_tenant_comes_from_the_row_and_not_from_the_body(gateway: Any) -> None:
    tenant_id, video_id = await gateway.video()
    answer = await gateway.inserted(video_id, uuid4())
    assert answer.status_code == 202
    [job] = await jobs_of(gateway, video_id)
    assert job.tenant_id == tenant_id


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "UPDATE"},
        {"type": "DELETE", "record": None},
        {"table": "captions"},
        {"schema": "public"},
        {},  # the row was deleted again
    ],
)
async def test_other_webhooks_are_ignored(gateway: Any, changes: dict[str, Any]) -> None:
    answer = await gateway.client.post(PATH, headers=GOOD, json=body(**changes))
    assert answer.status_code == 200
    assert answer.json()["status"] == "ignored"
    assert answer.json()["reason"]


async def test_both_secrets_are_accepted_during_a_rotation(gateway: Any) -> None:
    tenant_id, video_id = await gateway.video()
    assert (await gateway.inserted(video_id, tenant_id, "webhook-secret-before")).status_code == 202


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer wrong",
        "webhook-secret-now",
        "Basic webhook-secret-now",
        "Bearer webhook-secret-no",
        "Bearer webhook-secret-now ​".encode().decode("latin-1"),
    ],
)
async def test_a_wrong_secret_is_refused_before_the_body_is_read(
    gateway: Any, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    answer = await gateway.client.post(PATH, headers=headers, content=b"x" * 2_000_000)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b'{"type": "INSERT"', 400),
        (b"\xff\xfe", 400),
        (b"[]", 422),
        (b"{}", 422),
        (json.dumps(body(type="TRUNCATE")).encode(), 422),
        (json.dumps(body(record=None)).encode(), 422),
        (json.dumps(body(record={"id": "1"})).encode(), 422),
        (json.dumps(body(record={"id": str(uuid4())})).encode(), 422),
        (b'"' + b"x" * 1_048_576 + b'"', 413),
    ],
)
async def test_a_bad_body_is_refused_with_its_reason(
    gateway: Any, content: bytes, status: int
) -> None:
    answer = await gateway.client.post(PATH, headers=GOOD, content=content)
    assert answer.status_code == status
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]


async def test_without_postgres_nothing_is_accepted(start_gateway: Any) -> None:
    gateway = await start_gateway()
    tenant_id, video_id = await gateway.video()
    gateway.to_postgres.cut()
    answer = await gateway.inserted(video_id, tenant_id)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["code"] == "database_unavailable"
    ready = await gateway.client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"]["postgres"] != "ok"
    assert (await gateway.client.get("/health/live")).status_code == 200


async def test_without_priority_the_tiers_base_score_applies(
    start_gateway: Any,
) -> None:
    gateway = await start_gateway(priority_url="http://127.0.0.1:9")
    tenant_id, video_id = await gateway.video(tier=Tier.ENTERPRISE)
    assert (await gateway.inserted(video_id, tenant_id)).json()["priority"] == 90


async def test_a_webhook_that_waits_too_long_is_refused_before_its_sender_gives_up(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert webhook_intake.ACCEPT_WITHIN_S < webhook_intake.ANSWER_WITHIN_S < SENDER_WAITS_S
    monkeypatch.setattr(webhook_intake, "ACCEPT_WITHIN_S", 0.3)
    tenant_id, video_id = await gateway.video()
    holding = await asyncpg.connect(gateway.dsn)
    try:
        async with holding.transaction():
            await holding.execute(
                "select from captionacc.videos where id = $1 for update", video_id
            )
            answers = await asyncio.gather(
                *(gateway.inserted(video_id, tenant_id) for _ in range(20))
            )
        assert {answer.status_code for answer in answers} == {503}
        assert answers[0].json()["code"] == "database_unavailable"
        assert answers[0].headers["retry-after"]
    finally:
        await holding.close()
    assert await jobs_of(gateway, video_id) == []
    monkeypatch.undo()
    assert (await gateway.inserted(video_id, tenant_id)).status_code == 202

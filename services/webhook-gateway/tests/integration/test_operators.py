"""Routes of operators: who may use them, what they do, and what they record."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

OPERATOR = uuid4()
ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/operators/jobs", None),
    ("GET", "/operators/jobs/running", None),
    ("GET", "/operators/jobs/failed", None),
    ("GET", "/operators/links", None),
    ("GET", "/operators/tenants", None),
    ("GET", "/operators/outages", None),
    ("POST", f"/operators/jobs/{uuid4()}/priority", {"base_override": 1}),
    ("POST", "/operators/jobs/retry", {}),
    ("GET", "/operators/policy", None),
    ("PUT", "/operators/policy", {"policy": {}}),
    ("GET", f"/operators/tenants/{uuid4()}/limits", None),
    ("PUT", f"/operators/tenants/{uuid4()}/limits", {}),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def queue(start_gateway: Any) -> Any:
    """A gateway whose queue holds only what these tests put into it."""
    return await start_gateway()


@pytest_asyncio.fixture(loop_scope="session")
async def empty_queue(queue: Any) -> Any:
    await queue.sql("truncate captionacc.tenants cascade")
    await queue.sql("truncate captionacc.operator_actions")
    return queue


def operator(gateway: Any) -> dict[str, str]:
    headers: dict[str, str] = gateway.user(None, sub=str(OPERATOR), app_metadata={"operator": True})
    return headers


async def waiting_job(gateway: Any, tenant_id: UUID | None = None) -> tuple[UUID, UUID, UUID]:
    """Ask for a job; return its tenant, video and id."""
    tenant_id, video_id = await gateway.video(tenant_id, status="error")
    answer = await gateway.client.post(f"/videos/{video_id}/retry", headers=gateway.user(tenant_id))
    return tenant_id, video_id, UUID(answer.json()["job_id"])


async def actions(gateway: Any) -> list[tuple[Any, ...]]:
    rows = await gateway.sql(
        "select operator_id, action, tenant_id, job_id from captionacc.operator_actions order by id"
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_a_tenants_admin_is_no_operator(
    queue: Any, method: str, path: str, body: Any
) -> None:
    tenant_id, _ = await queue.video()
    admin = queue.user(tenant_id, app_metadata={"tenant_id": str(tenant_id), "role": "admin"})
    answer = await queue.client.request(method, path, json=body, headers=admin)
    assert answer.status_code == 403
    assert answer.json()["detail"].startswith("Only operators of this service")
    assert (await queue.client.request(method, path, json=body)).status_code == 401


async def test_every_route_of_an_operator_is_here(queue: Any) -> None:
    document = (await queue.client.get("/schema/openapi.json")).json()
    documented = [
        path for path, methods in document["paths"].items() for _ in methods if "operators" in path
    ]
    assert len(documented) == len(ROUTES)


async def test_an_outage_is_the_reason_of_jobs_that_need_the_service(empty_queue: Any) -> None:
    gateway = empty_queue
    tenant_id, video_id, _ = await waiting_job(gateway)
    away = (
        """[{"dependency": "object_store", "since": "2026-01-02T03:04:05Z","""
        """ "reason": "ConnectionRefusedError: bucket/key"}]"""
    )
    report = "insert into captionacc.worker_outages (worker, outages) values ($1, $2::text::jsonb)"
    try:
        await gateway.sql(report, "one", away)
        answer = await gateway.client.get(f"/videos/{video_id}", headers=gateway.user(tenant_id))
        waiting = answer.json()["waiting"]
        assert (waiting["reason"], waiting["outage"]) == ("outage", "object_store")
        assert waiting["outage_since"] == "2026-01-02T03:04:05Z"
        assert "bucket" not in answer.text
        listed = await gateway.client.get("/operators/outages", headers=operator(gateway))
        [worker] = listed.json()
        assert worker["worker"] == "one"
        assert worker["outages"][0]["reason"].endswith("bucket/key")

        # Another worker can use the service, so the job waits for its turn only.
        await gateway.sql(report, "two", "[]")
        answer = await gateway.client.get(f"/videos/{video_id}", headers=gateway.user(tenant_id))
        assert answer.json()["waiting"]["reason"] == "place"
    finally:
        await gateway.sql("delete from captionacc.worker_outages")


async def test_the_queue_has_its_order_and_reasons(empty_queue: Any) -> None:
    gateway = empty_queue
    first, _, one = await waiting_job(gateway)
    _, _, two = await waiting_job(gateway)
    _, blocked = await gateway.video(first)
    put = await gateway.client.put(
        f"/operators/tenants/{first}/limits",
        json={"usd_per_month": 0},
        headers=operator(gateway),
    )
    assert put.status_code == 200
    await gateway.inserted(blocked, first)
    page = (await gateway.client.get("/operators/jobs", headers=operator(gateway))).json()
    assert page["total"] == 3
    assert [item["job_id"] for item in page["items"]] == [str(one), str(two), None]
    assert [item["waiting"]["reason"] for item in page["items"]] == ["place", "place", "budget"]
    assert page["items"][1]["waiting"]["message"] == "The job has place 2 in the queue."
    assert page["items"][2]["video_id"] == str(blocked)
    assert all(item["display_name"] for item in page["items"])
    second = await gateway.client.get(
        "/operators/jobs", params={"limit": 1, "offset": 1}, headers=operator(gateway)
    )
    assert [item["job_id"] for item in second.json()["items"]] == [str(two)]
    of_first = await gateway.client.get(
        "/operators/jobs", params={"tenant_id": str(first)}, headers=operator(gateway)
    )
    assert of_first.json()["total"] == 2


async def test_an_operator_moves_a_job_to_the_front(empty_queue: Any) -> None:
    gateway = empty_queue
    await waiting_job(gateway)
    tenant_id, video_id, job_id = await waiting_job(gateway)
    await gateway.set_video(video_id, size_checked=True)

    async def change(base_override: float | None) -> Any:
        return await gateway.client.post(
            f"/operators/jobs/{job_id}/priority",
            json={"base_override": base_override, "reason": "demo at noon"},
            headers=operator(gateway),
        )

    changed = await change(90)
    assert changed.status_code == 200
    # A small video has 5 points more.
    assert changed.json() == {"job_id": str(job_id), "priority": 95, "static_score": 95.0}
    page = (await gateway.client.get("/operators/jobs", headers=operator(gateway))).json()
    assert page["items"][0]["job_id"] == str(job_id)
    assert (await change(None)).json()["static_score"] == 55
    assert await actions(gateway) == [(OPERATOR, "change_priority", tenant_id, job_id)] * 2
    await gateway.sql("update captionacc.jobs set state = 'cancelled', ended_at = now()")
    assert (await change(90)).status_code == 409
    assert (await change(101)).status_code == 422
    unknown = await gateway.client.post(
        f"/operators/jobs/{uuid4()}/priority", json={"base_override": 1}, headers=operator(gateway)
    )
    assert unknown.status_code == 404


async def fail(gateway: Any, job_id: UUID, code: str) -> None:
    await gateway.sql(
        """
        update captionacc.jobs set state = 'error', ended_at = now(), error = jsonb_build_object(
            'code', $2::text, 'message', 'It failed.', 'stage', 'test') where id = $1
        """,
        job_id,
        code,
    )
    await gateway.sql(
        "update captionacc.videos set status = 'error' where id = "
        "(select video_id from captionacc.jobs where id = $1)",
        job_id,
    )


async def test_an_operator_retries_what_an_outage_broke(empty_queue: Any) -> None:
    gateway = empty_queue
    jobs = [await waiting_job(gateway) for _ in range(4)]
    for _, _, job_id in jobs[:3]:
        await fail(gateway, job_id, "store_unavailable")
    await fail(gateway, jobs[3][2], "video_unreadable")
    limited = jobs[0][0]
    await gateway.client.put(
        f"/operators/tenants/{limited}/limits", json={"jobs_waiting": 0}, headers=operator(gateway)
    )
    answer = await gateway.client.post(
        "/operators/jobs/retry",
        json={"error_code": "store_unavailable", "reason": "the store was away"},
        headers=operator(gateway),
    )
    assert answer.status_code == 202
    results = {entry["job_id"]: entry for entry in answer.json()["jobs"]}
    assert set(results) == {str(job_id) for _, _, job_id in jobs[:3]}
    assert "jobs_waiting is 0" in results[str(jobs[0][2])]["refusal"]
    assert results[str(jobs[0][2])]["code"] == "limit_reached"
    assert all(results[str(job_id)]["new_job_id"] for _, _, job_id in jobs[1:3])
    assert [action[1] for action in await actions(gateway)] == [
        "set_limits",
        "retry_job",
        "retry_job",
    ]
    # The retried jobs wait now, so only the refused one is found again.
    again = await gateway.client.post(
        "/operators/jobs/retry",
        json={"error_code": "store_unavailable"},
        headers=operator(gateway),
    )
    assert [entry["job_id"] for entry in again.json()["jobs"]] == [str(jobs[0][2])]


async def test_failed_jobs_are_listed_as_a_retry_would_take_them(empty_queue: Any) -> None:
    gateway = empty_queue
    jobs = [await waiting_job(gateway) for _ in range(3)]
    codes = ("store_unavailable", "internal", "internal")
    for (_, _, job_id), code in zip(jobs, codes, strict=True):
        await fail(gateway, job_id, code)

    async def listed(query: str = "") -> Any:
        answer = await gateway.client.get(
            f"/operators/jobs/failed{query}", headers=operator(gateway)
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    everything = await listed()
    assert everything["total"] == 3
    assert [item["job_id"] for item in everything["items"]] == [
        str(job_id) for _, _, job_id in reversed(jobs)
    ]
    internal = await listed("?error_code=internal&limit=1")
    assert (internal["total"], len(internal["items"])) == (2, 1)
    [item] = internal["items"]
    assert item["error"] == {"code": "internal", "message": "It failed.", "stage": "test"}
    assert (item["video_id"], item["state"]) == (str(jobs[2][1]), "error")
    assert (await listed(f"?tenant_id={jobs[0][0]}"))["total"] == 1
    assert (await listed("?failed_since=2999-01-01T00:00:00Z"))["total"] == 0
    # A job whose work was asked for again is not there any more.
    await gateway.client.post(
        "/operators/jobs/retry", json={"error_code": "internal"}, headers=operator(gateway)
    )
    assert [item["job_id"] for item in (await listed())["items"]] == [str(jobs[0][2])]
    refused = await gateway.client.get(
        "/operators/jobs/failed?failed_since=2026-01-01T00:00:00", headers=operator(gateway)
    )
    assert refused.status_code == 422


async def test_pages_of_jobs_that_ended_at_once_have_one_order(empty_queue: Any) -> None:
    gateway = empty_queue
    jobs = [(await waiting_job(gateway))[2] for _ in range(6)]
    for job_id in jobs:
        await fail(gateway, job_id, "internal")
    await gateway.sql("update captionacc.jobs set ended_at = '2026-01-01T00:00:00Z'")
    listed = []
    for offset in range(len(jobs)):
        answer = await gateway.client.get(
            f"/operators/jobs/failed?limit=1&offset={offset}", headers=operator(gateway)
        )
        listed += [item["job_id"] for item in answer.json()["items"]]
    assert listed == sorted(map(str, jobs))


async def test_a_page_beyond_the_end_tells_how_many_there_are(empty_queue: Any) -> None:
    gateway = empty_queue
    jobs = [(await waiting_job(gateway))[2] for _ in range(5)]

    async def total(path: str, offset: int) -> int:
        answer = await gateway.client.get(f"{path}?offset={offset}", headers=operator(gateway))
        assert bool(answer.json()["items"]) == (offset == 0)
        return int(answer.json()["total"])

    for job_id in jobs[:2]:
        await fail(gateway, job_id, "internal")
    await gateway.sql(
        """
        update captionacc.jobs set state = 'running', started_at = now(), lease_owner = 'w',
            lease_token = 1, lease_expires_at = now() + interval '1 minute' where id = $1
        """,
        jobs[2],
    )
    paths = ["jobs", "jobs/running", "jobs/failed", "tenants"]
    found = {path: await total(f"/operators/{path}", 0) for path in paths}
    assert {**found, "tenants": 0} == {"jobs": 2, "jobs/running": 1, "jobs/failed": 2, "tenants": 0}
    assert {path: await total(f"/operators/{path}", 1000) for path in paths} == found


async def test_running_jobs_are_listed_with_their_videos(empty_queue: Any) -> None:
    gateway = empty_queue
    tenant_id, video_id, job_id = await waiting_job(gateway)
    await waiting_job(gateway)
    await gateway.sql(
        """
        update captionacc.jobs set state = 'running', started_at = now(), lease_owner = 'w',
            lease_token = 1, lease_expires_at = now() + interval '1 minute' where id = $1
        """,
        job_id,
    )
    page = (await gateway.client.get("/operators/jobs/running", headers=operator(gateway))).json()
    [item] = page["items"]
    assert (item["job_id"], item["video_id"], item["tenant_id"]) == (
        str(job_id),
        str(video_id),
        str(tenant_id),
    )
    assert item["started_at"] is not None


async def test_tenants_are_listed_with_what_they_have_and_do(empty_queue: Any) -> None:
    gateway = empty_queue
    idle, _ = await gateway.video()
    busy, _, failed = await waiting_job(gateway)
    await waiting_job(gateway, busy)
    await fail(gateway, failed, "internal")
    page = (await gateway.client.get("/operators/tenants", headers=operator(gateway))).json()
    assert page["total"] == 2
    first, second = page["items"]
    assert (first["tenant_id"], first["videos"]) == (str(busy), 2)
    assert (first["waiting"], first["running"], first["failed"]) == (1, 0, 1)
    assert (second["tenant_id"], second["waiting"], second["tier"]) == (str(idle), 0, "free")
    assert second["month_minutes"] == 0


async def test_links_are_those_of_the_settings(start_gateway: Any) -> None:
    gateway = await start_gateway(prefect_ui_url="https://prefect.example")
    answer = await gateway.client.get("/operators/links", headers=operator(gateway))
    assert answer.json() == {"prefect_ui_url": "https://prefect.example"}


async def test_named_jobs_are_retried_or_refused_one_by_one(empty_queue: Any) -> None:
    gateway = empty_queue
    _, _, failed = await waiting_job(gateway)
    await fail(gateway, failed, "internal")
    _, _, waits = await waiting_job(gateway)
    unknown = uuid4()
    answer = await gateway.client.post(
        "/operators/jobs/retry",
        json={"job_ids": [str(failed), str(waits), str(unknown)]},
        headers=operator(gateway),
    )
    assert [(entry["refusal"], entry["code"]) for entry in answer.json()["jobs"]] == [
        (None, None),
        ("The job is queued.", "state_conflict"),
        ("There is no such job.", "not_found"),
    ]
    too_many = await gateway.client.post(
        "/operators/jobs/retry",
        json={"job_ids": [str(uuid4()) for _ in range(101)]},
        headers=operator(gateway),
    )
    assert too_many.status_code == 422


async def test_an_operator_sets_the_limits_of_a_tenant(empty_queue: Any) -> None:
    gateway = empty_queue
    tenant_id, _ = await gateway.video()
    path = f"/operators/tenants/{tenant_id}/limits"
    put = await gateway.client.put(
        path, json={"videos_per_day": 7, "stored_bytes": 1e12}, headers=operator(gateway)
    )
    shown = (await gateway.client.get(path, headers=operator(gateway))).json()
    assert shown == put.json() | {"limits": shown["limits"]}
    assert shown["overrides"] == {
        "videos_per_day": 7,
        "minutes_per_month": None,
        "stored_bytes": 1e12,
        "usd_per_month": None,
        "jobs_waiting": None,
        "crop_changes_per_hour": None,
    }
    assert {one["name"]: one["allowed"] for one in shown["limits"]} == shown["overrides"]
    for malformed in ({"videos_per_day": -1}, {"videos": 1}, {"videos_per_day": "7"}):
        refused = await gateway.client.put(path, json=malformed, headers=operator(gateway))
        assert refused.status_code == 422, malformed
    assert (
        await gateway.client.get(f"/operators/tenants/{uuid4()}/limits", headers=operator(gateway))
    ).status_code == 404
    assert await actions(gateway) == [(OPERATOR, "set_limits", tenant_id, None)]


async def test_an_operator_changes_the_policy_without_a_restart(empty_queue: Any) -> None:
    gateway = empty_queue
    headers = operator(gateway)
    await waiting_job(gateway)
    before = (await gateway.client.get("/operators/policy", headers=headers)).json()
    assert before["policy"]["base_scores"] == {"free": 50, "premium": 70, "enterprise": 90}
    assert (before["past"], before["jobs_to_score"]) == ([], 0)
    policy = {**before["policy"], "base_scores": {"free": 30, "premium": 70, "enterprise": 90}}
    put = await gateway.client.put(
        "/operators/policy", json={"policy": policy, "reason": "a campaign"}, headers=headers
    )
    assert put.status_code == 200
    shown = put.json()
    assert shown["policy"] == policy
    [past] = shown["past"]
    assert (past["set_by"], past["reason"]) == (str(OPERATOR), "a campaign")
    # The reconciler scores the job that waits; a new job has the new score at once.
    assert shown["jobs_to_score"] == 1
    _, _, job_id = await waiting_job(gateway)
    [row] = await gateway.sql("select * from captionacc.jobs where id = $1", job_id)
    assert (row["static_score"], row["policy_number"]) == (30, past["number"])
    [noted] = await gateway.sql("select action, data from captionacc.operator_actions")
    data = json.loads(noted["data"])
    assert noted["action"] == "set_policy"
    assert (data["from"], data["to"]) == (before["policy"], policy)
    for bad in (
        {**policy, "base_scores": {"free": 30}},
        {**policy, "fair_share_penalty": -1},
        {**policy, "max_wait_hours": 0},
        {},
    ):
        refused = await gateway.client.put(
            "/operators/policy", json={"policy": bad}, headers=headers
        )
        assert refused.status_code == 422, refused.text
    await gateway.sql("truncate captionacc.priority_policies")

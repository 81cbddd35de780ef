"""What a tenant sees of its limits and of its place in the queue."""

from typing import Any
from uuid import uuid4

import pytest
from captionacc_contracts.limits import Limits


async def test_a_tenant_sees_its_limits_and_its_days(gateway: Any) -> None:
    tenant_id, video_id = await gateway.video(status="error", duration_seconds=120.0)
    async with gateway.database.transaction() as session:
        await session.limits.override(tenant_id, Limits(minutes_per_month=100, videos_per_day=9))
    viewer = gateway.user(tenant_id, app_metadata={"tenant_id": str(tenant_id), "role": "viewer"})
    user = gateway.user(tenant_id)
    assert (await gateway.client.post(f"/videos/{video_id}/retry", headers=user)).status_code == 202
    shown = (await gateway.client.get("/usage", headers=viewer)).json()
    assert shown["tier"] == "free"
    limits = {one["name"]: one for one in shown["limits"]}
    assert limits["minutes_per_month"]["allowed"] == 100
    assert limits["minutes_per_month"]["reserved"] == 2
    assert limits["minutes_per_month"]["forecast"] >= 2
    assert limits["videos_per_day"]["used"] == 1
    assert limits["videos_per_day"]["forecast"] is None
    assert limits["usd_per_month"]["allowed"] is None
    assert [day["videos"] for day in shown["days"]] == [1]


async def test_one_tenants_usage_is_not_anothers(gateway: Any) -> None:
    await gateway.video()
    stranger, _ = await gateway.video()
    shown = (await gateway.client.get("/usage", headers=gateway.user(stranger))).json()
    assert [day["videos"] for day in shown["days"]] == [1]
    newcomer = (await gateway.client.get("/usage", headers=gateway.user(uuid4()))).json()
    assert (newcomer["tier"], newcomer["days"]) == ("free", [])
    assert {one["used"] for one in newcomer["limits"]} == {0}


async def shown_waiting(gateway: Any, tenant_id: Any, video_id: Any) -> Any:
    answer = await gateway.client.get(f"/videos/{video_id}", headers=gateway.user(tenant_id))
    return answer.json()["waiting"]


async def test_a_video_shows_its_place_in_the_queue(start_gateway: Any) -> None:
    gateway = await start_gateway()
    first, other = await gateway.video(status="error")
    second, mine = await gateway.video(status="error")
    _, later = await gateway.video(second, status="error")
    for tenant_id, video_id in ((first, other), (second, mine), (second, later)):
        await gateway.client.post(f"/videos/{video_id}/retry", headers=gateway.user(tenant_id))
    assert await shown_waiting(gateway, second, later) == {
        "reason": "place",
        "message": "The job has place 3 in the queue.",
        "place": 3,
        "place_in_tenant": 2,
        "not_before": None,
        "limit": None,
        "outage": None,
        "outage_since": None,
    }
    # Ten hours in the queue are worth 20 points.
    await gateway.sql(
        "update captionacc.jobs set requested_at = now() - interval '10 h' where video_id = $1",
        later,
    )
    waiting = await shown_waiting(gateway, second, later)
    assert (waiting["place"], waiting["place_in_tenant"]) == (1, 1)
    assert (await shown_waiting(gateway, second, mine))["place"] == 3
    await gateway.sql(
        "update captionacc.jobs set not_before = now() + interval '1 h' where video_id = $1", later
    )
    assert (await shown_waiting(gateway, second, later))["reason"] == "pause"
    await gateway.sql(
        """
        update captionacc.jobs set state = 'running', lease_owner = 'w', lease_token = 1,
            lease_expires_at = now() + interval '1 h' where video_id = $1
        """,
        later,
    )
    assert await shown_waiting(gateway, second, later) is None
    await gateway.sql("update captionacc.tenants set max_concurrent_jobs = 1 where id = $1", second)
    assert (await shown_waiting(gateway, second, mine))["reason"] == "tenant_busy"


@pytest.mark.parametrize(
    ("limits", "reason"), [({"usd_per_month": 0}, "budget"), ({"jobs_waiting": 0}, "limit")]
)
async def test_a_video_that_has_no_job_yet_shows_its_limit(
    gateway: Any, limits: dict[str, float], reason: str
) -> None:
    tenant_id, video_id = await gateway.video()
    async with gateway.database.transaction() as session:
        await session.limits.override(tenant_id, Limits(**limits))
    await gateway.inserted(video_id, tenant_id)
    waiting = await shown_waiting(gateway, tenant_id, video_id)
    assert waiting["reason"] == reason
    [name] = limits
    assert waiting["limit"]["name"] == name
    assert waiting["message"].startswith(f"The limit {name} is 0")

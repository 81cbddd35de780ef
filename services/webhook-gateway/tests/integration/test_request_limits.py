"""Requests per tenant and per address, with two gateways on one database."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

# A rate this slow adds no token during a test, so that the numbers are exact.
SLOW = 0.001


async def two_gateways(start_gateway: Any, **settings: Any) -> tuple[Any, Any]:
    first = await start_gateway(**settings)
    return first, await start_gateway(supabase_db_url=first.dsn, **settings)


async def statuses(
    gateways: tuple[Any, Any], requests: int, path: str, headers: dict[str, str]
) -> Counter[int]:
    answers = await asyncio.gather(
        *(gateways[number % 2].client.get(path, headers=headers) for number in range(requests))
    )
    for answer in answers:
        if answer.status_code == 429:
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) == 1000
    return Counter(answer.status_code for answer in answers)


async def test_two_gateways_share_the_budget_of_a_tenant(start_gateway: Any) -> None:
    gateways = await two_gateways(
        start_gateway, requests_per_second_per_tenant=SLOW, request_burst_per_tenant=20.0
    )
    tenant_id, _ = await gateways[0].video()
    other, _ = await gateways[0].video()
    user = gateways[0].user(tenant_id)
    assert await statuses(gateways, 50, "/videos", user) == {200: 20, 429: 30}
    # The budget is the tenant's, whatever route and user; other tenants have their own.
    assert await statuses(gateways, 2, "/usage", gateways[0].user(tenant_id)) == {429: 2}
    assert await statuses(gateways, 2, "/videos", gateways[0].user(other)) == {200: 2}


async def test_two_gateways_share_the_budget_of_an_address(start_gateway: Any) -> None:
    gateways = await two_gateways(
        start_gateway,
        requests_per_second_per_address=SLOW,
        request_burst_per_address=21.0,
    )
    # Each gateway has answered no limited request yet. Strangers spend the budget too.
    assert await statuses(gateways, 10, "/videos", {}) == {401: 10}
    tenant_id, video_id = await gateways[0].video()
    user = gateways[0].user(tenant_id)
    assert await statuses(gateways, 20, "/videos", user) == {200: 11, 429: 9}
    assert (await gateways[0].client.get("/health/live")).status_code == 200
    assert (await gateways[0].inserted(video_id, tenant_id)).status_code == 202


@pytest.mark.parametrize("trusted", [True, False])
async def test_flys_header_counts_only_behind_fly(start_gateway: Any, trusted: bool) -> None:
    gateway = await start_gateway(
        requests_per_second_per_address=SLOW,
        request_burst_per_address=2.0,
        trust_fly_client_ip=trusted,
    )
    codes = [
        (await gateway.client.get("/videos", headers={"Fly-Client-IP": f"192.0.2.{n}"})).status_code
        for n in range(4)
    ]
    assert codes == ([401] * 4 if trusted else [401, 401, 429, 429])


async def test_requests_pass_while_postgres_is_away(start_gateway: Any) -> None:
    gateway = await start_gateway(
        requests_per_second_per_address=SLOW, request_burst_per_address=1.0
    )
    gateway.to_postgres.cut()
    answer = await gateway.client.get("/videos", headers=gateway.user(uuid4()))
    assert answer.status_code == 503

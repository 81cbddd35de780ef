"""Limits of a tenant over HTTP, with two gateways on one database."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from captionacc_contracts.limits import Limits
from captionacc_contracts.work.forecast import VideoFacts, forecast
from captionacc_contracts.work.jobs import InitialProcessing

EXPECTED_USD = forecast(InitialProcessing(video_key="k"), VideoFacts(duration_seconds=100.0)).usd
"""What a video of 100 s is expected to cost."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gateways(start_gateway: Any) -> tuple[Any, Any]:
    first = await start_gateway()
    return first, await start_gateway(supabase_db_url=first.dsn)


async def limit(gateway: Any, tenant_id: UUID, **limits: float) -> None:
    async with gateway.database.transaction() as session:
        await session.limits.override(tenant_id, Limits(**limits))


def region(number: int) -> dict[str, Any]:
    top = 0.5 + number / 100
    return {
        "crop_region": {"crop_left": 0.1, "crop_top": top, "crop_right": 0.9, "crop_bottom": 0.95}
    }


async def approve_many(gateways: tuple[Any, Any], tenant_id: UUID, video_id: UUID) -> list[Any]:
    """Ask both gateways at the same time for 12 crop regions of a video."""
    return await asyncio.gather(
        *(
            gateways[number % 2].client.post(
                f"/videos/{video_id}/approve-layout",
                json=region(number),
                headers=gateways[0].user(tenant_id),
            )
            for number in range(12)
        )
    )


async def test_two_gateways_stop_at_the_number_of_crop_changes(gateways: tuple[Any, Any]) -> None:
    tenant_id, video_id = await gateways[0].video(status="active")
    await limit(gateways[0], tenant_id, crop_changes_per_hour=5)
    answers = await approve_many(gateways, tenant_id, video_id)
    assert Counter(answer.status_code for answer in answers) == {202: 5, 429: 7}
    refused = next(answer for answer in answers if answer.status_code == 429)
    problem = refused.json()
    assert refused.headers["content-type"] == "application/problem+json"
    assert 3500 < int(refused.headers["retry-after"]) <= 3600
    assert problem["code"] == "limit_reached"
    assert problem["limit"] | {"free_at": None} == {
        "name": "crop_changes_per_hour",
        "allowed": 5,
        "used": 5,
        "reserved": 0,
        "asked": 1,
        "free_at": None,
    }
    assert problem["detail"].startswith(
        "The limit crop_changes_per_hour is 5: 5 in use, 0 reserved for work under way, and this "
        "needs 1. The limit is free again at 20"
    )


async def test_two_gateways_stop_at_the_number_of_waiting_jobs(gateways: tuple[Any, Any]) -> None:
    tenant_id, _ = await gateways[0].video()
    videos = [(await gateways[0].video(tenant_id, status="error"))[1] for _ in range(8)]
    await limit(gateways[0], tenant_id, jobs_waiting=3)
    answers = await asyncio.gather(
        *(
            gateways[number % 2].client.post(
                f"/videos/{video_id}/retry", headers=gateways[0].user(tenant_id)
            )
            for number, video_id in enumerate(videos)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {202: 3, 429: 5}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"] == "60"
    assert refused.json()["detail"].endswith("Try again when a waiting job has started.")


@pytest.mark.parametrize(
    ("limits", "accepted"),
    [({"usd_per_month": 3.5 * EXPECTED_USD}, 3), ({"minutes_per_month": 3.5}, 2)],
)
async def test_two_gateways_stop_at_the_budget(
    gateways: tuple[Any, Any], limits: dict[str, float], accepted: int
) -> None:
    tenant_id, _ = await gateways[0].video()
    videos = [
        (await gateways[0].video(tenant_id, status="error", duration_seconds=100.0))[1]
        for _ in range(8)
    ]
    await limit(gateways[0], tenant_id, **limits)
    answers = await asyncio.gather(
        *(
            gateways[number % 2].client.post(
                f"/videos/{video_id}/retry", headers=gateways[0].user(tenant_id)
            )
            for number, video_id in enumerate(videos)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {202: accepted, 402: 8 - accepted}
    refused = next(answer for answer in answers if answer.status_code == 402)
    assert "retry-after" not in refused.headers
    assert refused.json()["limit"]["reserved"] > 0
    free_at = datetime.fromisoformat(refused.json()["limit"]["free_at"])
    assert free_at > datetime.now(UTC)
    assert (free_at.day, free_at.hour) == (1, 0)


async def test_an_uploaded_video_waits_for_its_tenants_limit(gateways: tuple[Any, Any]) -> None:
    gateway = gateways[0]
    tenant_id, video_id = await gateway.video()
    await limit(gateway, tenant_id, usd_per_month=0)
    answer = await gateway.inserted(video_id, tenant_id)
    assert answer.status_code == 200
    assert answer.json()["reason"].startswith("the video waits. The limit usd_per_month is 0")
    [row] = await gateway.sql(
        "select status, error, waiting from captionacc.videos where id = $1", video_id
    )
    assert (row["status"], row["error"]) == ("uploaded", None)
    assert "usd_per_month" in row["waiting"]
    await limit(gateway, tenant_id)
    assert (await gateway.inserted(video_id, tenant_id)).status_code == 202
    [row] = await gateway.sql(
        "select status, waiting from captionacc.videos where id = $1", video_id
    )
    assert (row["status"], row["waiting"]) == ("queued", None)

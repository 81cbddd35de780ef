"""``GET /videos``: filter, order and pages, as a web app reads them."""

from typing import Any
from uuid import UUID

import pytest


async def _listed(gateway: Any, tenant: UUID, query: str) -> Any:
    answer = await gateway.client.get(f"/videos?{query}", headers=gateway.user(tenant))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _three(gateway: Any) -> UUID:
    """Make a tenant with three videos: Alpha and beta are active, gamma is in error."""
    tenant, _ = await gateway.video(display_name="Alpha", status="active", language="zh")
    await gateway.video(tenant, display_name="beta", status="active", caption_status="ready")
    await gateway.video(tenant, display_name="100% gamma", status="error")
    return UUID(str(tenant))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("status=active", ["beta", "Alpha"]),
        ("status=active&status=error", ["100% gamma", "beta", "Alpha"]),
        ("caption_status=ready", ["beta"]),
        ("language=ZH", ["Alpha"]),
        ("q=ALPH", ["Alpha"]),
        ("q=%25", ["100% gamma"]),
        ("q=_", []),
        ("order=uploaded_at", ["Alpha", "beta", "100% gamma"]),
        ("order=display_name", ["100% gamma", "Alpha", "beta"]),
        ("order=-display_name", ["beta", "Alpha", "100% gamma"]),
    ],
)
async def test_lists_are_filtered_and_ordered(gateway: Any, query: str, names: list[str]) -> None:
    tenant = await _three(gateway)

    page = await _listed(gateway, tenant, query)

    assert [video["display_name"] for video in page["videos"]] == names
    assert (page["total"], page["next"]) == (len(names), None)


@pytest.mark.parametrize("order", ["uploaded_at", "-uploaded_at", "display_name", "-display_name"])
async def test_next_links_lead_through_the_whole_list(gateway: Any, order: str) -> None:
    tenant = await _three(gateway)
    whole = await _listed(gateway, tenant, f"order={order}&status=active")
    seen, address = [], f"/videos?order={order}&status=active&limit=1"

    while address:
        answer = await gateway.client.get(address, headers=gateway.user(tenant))
        page = answer.json()
        seen += page["videos"]
        assert page["total"] == 2
        linked = answer.links.get("next", {}).get("url")
        assert linked == page["next"]
        address = page["next"]

    assert seen == whole["videos"]


async def test_a_list_tells_nothing_about_other_tenants(gateway: Any) -> None:
    tenant = await _three(gateway)
    other = await _three(gateway)
    address = (await _listed(gateway, tenant, "limit=1&order=uploaded_at"))["next"]

    answer = await gateway.client.get(address, headers=gateway.user(other))

    mine = await _listed(gateway, other, "")
    assert {video["id"] for video in answer.json()["videos"]} <= {
        video["id"] for video in mine["videos"]
    }
    assert mine["total"] == 3


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("stauts=error", 400, "stauts"),
        ("status=broken", 400, "status"),
        ("before=0.5", 400, "before"),
        ("before=1700000000", 400, "before"),
        ("before=null", 400, "before"),
        ("limit=1&limit=2", 400, "limit"),
        ("before=2026-01-02T03:04:05", 422, "UTC offset"),
        ("before_id=7f0c3c1e-3b1a-4a43-a5ce-4d9b7d6c6a34", 422, "before_id"),
        ("before=2026-01-02T03:04:05Z&order=display_name", 422, "order"),
        ("cursor=x", 422, "cursor"),
        ("cursor=eyJpZCI6IjdmMGMzYzFlLTNiMWEtNGE0My1hNWNlLTRkOWI3ZDZjNmEzNCJ9", 422, "order"),
        ("q=%00", 400, "q"),
        ("order=size", 400, "order"),
    ],
)
async def test_a_query_that_would_be_misread_is_refused(
    gateway: Any, tenant: UUID, query: str, status: int, says: str
) -> None:
    answer = await gateway.client.get(f"/videos?{query}", headers=gateway.user(tenant))

    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_other_routes_refuse_unknown_query_parameters_too(gateway: Any) -> None:
    tenant, video_id = await gateway.video()
    for path in (f"/videos/{video_id}", f"/videos/{video_id}/captions.srt", "/health/live"):
        answer = await gateway.client.get(f"{path}?verbose=1", headers=gateway.user(tenant))
        assert (answer.status_code, "verbose" in answer.json()["detail"]) == (400, True)

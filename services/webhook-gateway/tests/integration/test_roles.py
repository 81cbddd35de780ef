"""What the role in a token allows over HTTP."""

from typing import Any

import pytest


def metadata(tenant_id: object, **more: object) -> dict[str, object]:
    return {"tenant_id": str(tenant_id), **more}


async def test_a_viewer_reads_and_changes_nothing(gateway: Any) -> None:
    tenant_id, video_id = await gateway.video(status="error")
    viewer = gateway.user(tenant_id, app_metadata=metadata(tenant_id, role="viewer"))
    assert (await gateway.client.get(f"/videos/{video_id}", headers=viewer)).status_code == 200
    refused = await gateway.client.post(f"/videos/{video_id}/retry", headers=viewer)
    assert refused.status_code == 403
    assert refused.json()["detail"] == (
        "This requires the role annotator, and your role is viewer; ask an admin of your tenant "
        "for the role."
    )
    assert not await gateway.sql("select from captionacc.jobs where video_id = $1", video_id)


@pytest.mark.parametrize("role", [None, "annotator", "reviewer", "admin"])
async def test_a_token_without_a_role_or_with_a_higher_one_may_start_work(
    gateway: Any, role: str | None
) -> None:
    tenant_id, video_id = await gateway.video(status="error")
    named = {} if role is None else {"role": role}
    user = gateway.user(tenant_id, app_metadata=metadata(tenant_id, **named))
    assert (await gateway.client.post(f"/videos/{video_id}/retry", headers=user)).status_code == 202


async def test_an_unknown_role_reads_nothing(gateway: Any) -> None:
    tenant_id, _ = await gateway.video()
    user = gateway.user(tenant_id, app_metadata=metadata(tenant_id, role="Admin"))
    refused = await gateway.client.get("/videos", headers=user)
    assert refused.status_code == 403
    assert "viewer, annotator, reviewer or admin" in refused.json()["detail"]

"""``GET /usage``: the limits of the user's tenant, and what it uses of them."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from captionacc_contracts.errors import TransientError
from captionacc_contracts.web.usage import TenantUsage
from captionacc_contracts.work.tiers import Tier
from captionacc_http.raises import raises
from litestar import get
from litestar.params import QueryParameter

from captionacc_webhook_gateway.routes.guards import USER_SECURITY, UserRequest, require_user
from captionacc_webhook_gateway.services import Used
from captionacc_webhook_gateway.standings import WEEK_DAYS, day_views, limit_views


@get(
    "/usage",
    operation_id="getUsage",
    guards=[require_user],
    tags=["usage"],
    security=USER_SECURITY,
)
@raises(TransientError)
async def usage(
    request: UserRequest,
    services: Used,
    days: Annotated[int, QueryParameter(ge=1, le=366, description="Days to list.")] = 31,
) -> TenantUsage:
    """Show the limits of the tenant, and what it used by day.

    Each limit has what is used, what is reserved for work under way, and, for limits per month,
    what the month is expected to use.
    """
    tenant_id = request.user.tenant_id
    now = datetime.now(UTC)
    async with services.database.transaction() as session:
        tenant = await session.tenants.get(tenant_id)
        standings = await session.limits.standing(tenant_id)
        used = await session.limits.days(tenant_id, max(days, WEEK_DAYS))
    since = (now - timedelta(days=days)).date()
    return TenantUsage(
        # The first video makes the tenant's row.
        tier=Tier.FREE if tenant is None else tenant.tier,
        limits=limit_views(standings, used, now),
        days=day_views([day for day in used if day.day > since]),
    )

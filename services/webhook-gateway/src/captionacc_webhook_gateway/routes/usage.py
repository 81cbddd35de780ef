"""``GET /usage`` and ``GET /forecast``: what the user's tenant uses, and what a video would use."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.languages.language import language_tag
from captionacc_contracts.web.usage import TenantUsage
from captionacc_contracts.work.forecast import JobForecast, VideoFacts
from captionacc_contracts.work.tiers import Tier
from captionacc_http.raises import raises
from litestar import get
from litestar.params import QueryParameter

from captionacc_webhook_gateway.routes.guards import USER_SECURITY, UserRequest, require_user
from captionacc_webhook_gateway.services import Used
from captionacc_webhook_gateway.standings import WEEK_DAYS, day_views, limit_views

# The work refuses longer videos and larger pictures.
MOST_SECONDS = 24 * 3600
MOST_WIDTH = 8192
# An object store that speaks S3 takes no larger file.
MOST_BYTES = 5 * 1024**4


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


@get(
    "/forecast",
    operation_id="getForecast",
    guards=[require_user],
    tags=["usage"],
    security=USER_SECURITY,
)
@raises(ErrorCode.LANGUAGE_INVALID, TransientError)
async def forecast(
    services: Used,
    duration_seconds: Annotated[
        float | None, QueryParameter(gt=0, le=MOST_SECONDS, description="Duration of the video.")
    ] = None,
    size_bytes: Annotated[
        int | None,
        QueryParameter(
            ge=1,
            le=MOST_BYTES,
            description="Size of the file; stands in for an unknown duration.",
        ),
    ] = None,
    width: Annotated[
        int | None, QueryParameter(ge=1, le=MOST_WIDTH, description="Pixels of the picture.")
    ] = None,
    height: Annotated[
        int | None, QueryParameter(ge=1, le=MOST_WIDTH, description="Pixels of the picture.")
    ] = None,
    language: Annotated[
        str | None, QueryParameter(max_length=100, description="Language of the captions.")
    ] = None,
) -> JobForecast:
    """Tell what a video is expected to cost, before it is uploaded.

    The more is given, the better: a browser knows duration, width and height of a file. The price
    follows what the latest calls of this service cost. ``seconds`` are for two cores without other
    work; the wait in the queue comes on top.
    """
    facts = VideoFacts(
        duration_seconds=duration_seconds,
        size_bytes=size_bytes,
        width=width,
        height=height,
        language=language_tag(language),
    )
    async with services.database.transaction() as session:
        return await session.forecasts.of_whole_job(facts)

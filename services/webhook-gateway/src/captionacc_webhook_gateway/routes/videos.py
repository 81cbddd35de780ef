"""Routes of a video: its status, and the work that a person starts or stops."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from captionacc_contracts.api import (
    ApproveLayout,
    Cancelled,
    Launched,
    VideoList,
    VideoView,
)
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.work.jobs import JobKind
from captionacc_http.strict_body import StrictBody
from captionacc_supabase.rows import Tenant, Video
from captionacc_supabase.session import Session
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from captionacc_webhook_gateway import admission
from captionacc_webhook_gateway.dependencies import (
    Used,
    UserRequest,
    require_user,
)
from captionacc_webhook_gateway.errors import InvalidRequestError, NotFoundError
from captionacc_webhook_gateway.identity.tokens import User
from captionacc_webhook_gateway.launch import launched
from captionacc_webhook_gateway.views import video_summary, video_view

Force = Annotated[bool, QueryParameter(description="Compute again even if an equal result exists.")]
USER_SECURITY: Sequence[dict[str, list[str]]] = [{"userToken": []}]


async def own_video(session: Session, user: User, video_id: UUID) -> Video:
    """The user's video.

    Raises:
        NotFoundError: for an unknown one and for another tenant's alike.
    """
    video = await session.videos.get_for_tenant(video_id, user.tenant_id)
    if video is None:
        message = f"There is no video {video_id}."
        raise NotFoundError(message)
    return video


async def own_tenant(session: Session, user: User) -> Tenant:
    """Return the user's tenant; its row exists as soon as it has a video."""
    tenant = await session.tenants.get(user.tenant_id)
    if tenant is None:
        message = f"There is no tenant {user.tenant_id}."
        raise NotFoundError(message)
    return tenant


@get("/")
async def videos(
    request: UserRequest,
    services: Used,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
    before: FromQuery[datetime | None] = None,
    before_id: FromQuery[UUID | None] = None,
) -> VideoList:
    """The tenant's videos, latest upload first.

    ``before`` and ``before_id``, from the last video of a page, lead to the next one.
    """
    if before is not None and before.tzinfo is None:
        message = "before needs a UTC offset, as in 2026-01-02T03:04:05Z."
        raise InvalidRequestError(message)
    async with services.database.transaction() as session:
        found = await session.videos.list_for_tenant(
            request.user.tenant_id, limit, before, before_id
        )
    return VideoList(videos=[video_summary(video) for video in found])


@get("/{video_id:uuid}")
async def video(request: UserRequest, services: Used, video_id: FromPath[UUID]) -> VideoView:
    """Status, progress, locks, jobs, measured seconds and estimated cost of a video."""
    async with services.database.transaction() as session:
        found = await own_video(session, request.user, video_id)
        return video_view(
            found,
            locks=await session.videos.locks(video_id),
            jobs=await session.jobs.summaries(video_id),
            usage=await session.usage.for_video(video_id),
        )


@post(
    "/{video_id:uuid}/approve-layout",
    dto=StrictBody[ApproveLayout],
    return_dto=None,
    status_code=202,
)
async def approve_layout(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    data: JSONBody[ApproveLayout],
    disable_age_boosting: FromQuery[bool] = False,
    force: Force = False,
) -> Launched:
    """Crop to the approved region and find the captions; a newer region replaces an older one.

    The region in force is not computed again, unless the model has changed or ``force`` is set.
    """
    async with services.database.transaction() as session:
        found = await own_video(session, request.user, video_id)
        tenant = await own_tenant(session, request.user)
        locks = await session.videos.locks(video_id)
    order = services.launcher.order(
        found,
        tenant.tier,
        admission.crop_and_infer(found, data.crop_region, locks, anew=force),
        ageing=not disable_age_boosting,
        user_initiated=True,
    )
    return launched(await services.launcher.launch(order))


@post("/{video_id:uuid}/retry", status_code=202)
async def retry(
    request: UserRequest, services: Used, video_id: FromPath[UUID], force: Force = False
) -> Launched:
    """Try the first stage that failed or was cancelled again."""
    async with services.database.transaction() as session:
        found = await own_video(session, request.user, video_id)
        tenant = await own_tenant(session, request.user)
        latest_crop = await session.jobs.latest(video_id, JobKind.CROP_AND_INFER)
        captions = await session.captions.for_video(video_id)
    order = services.launcher.order(
        found,
        tenant.tier,
        admission.failed_stage(found, captions, latest_crop, anew=force),
        user_initiated=True,
    )
    return launched(await services.launcher.launch(order))


@post("/{video_id:uuid}/cancel", status_code=202)
async def cancel(request: UserRequest, services: Used, video_id: FromPath[UUID]) -> Cancelled:
    """Cancel all work of the video that has not ended, with its compute calls."""
    async with services.database.transaction() as session:
        await own_video(session, request.user, video_id)
        jobs = await session.jobs.for_video(video_id)
    cancelled = await services.launcher.cancel(jobs)
    if not cancelled:
        raise PermanentError(
            ErrorCode.STATE_CONFLICT,
            "The video has no work under way, so there is nothing to cancel.",
        )
    return Cancelled(job_ids=cancelled)


VIDEO_ROUTES = Router(
    path="/videos",
    route_handlers=[videos, video, approve_layout, retry, cancel],
    guards=[require_user],
    tags=["videos"],
    security=USER_SECURITY,
)

"""Routes of a video: its status, and the work that a person starts or stops."""

from uuid import UUID

from captionacc_contracts.api import ApproveLayout, Cancelled, Launched, VideoView
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.final_notes import LOW_CONFIDENCE
from captionacc_contracts.limits import BudgetReachedError, RateLimitReachedError
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.states import CaptionStatus, JobState
from captionacc_http.raises import raises
from captionacc_http.strict_body import StrictBody
from litestar import Router, get, post
from litestar.di import Provide
from litestar.params import FromPath, JSONBody

from captionacc_webhook_gateway import admission
from captionacc_webhook_gateway.errors import NotFoundError
from captionacc_webhook_gateway.routes.guards import USER_SECURITY, UserRequest, require_user
from captionacc_webhook_gateway.routes.own_rows import own_video, own_video_and_tier
from captionacc_webhook_gateway.routes.videos.listing import provide_video_filter, videos
from captionacc_webhook_gateway.routes.videos.uploads import VIDEO_CHANGES
from captionacc_webhook_gateway.routes.work_options import Force, Options, provide_options
from captionacc_webhook_gateway.services import Used
from captionacc_webhook_gateway.views import launched, video_view


@get("/{video_id:uuid}", operation_id="getVideo")
@raises(NotFoundError, TransientError)
async def video(request: UserRequest, services: Used, video_id: FromPath[UUID]) -> VideoView:
    """Show a video with its progress, locks, jobs, measured seconds and estimated cost.

    ``waiting`` says why the next job has not started, and its place in the queue. ``notes`` also
    say which captions have a low confidence, as soon as the captions are ready.
    """
    policy = await services.policy.get()
    async with services.database.transaction() as session:
        found = await own_video(session, request.user, video_id)
        jobs = await session.jobs.summaries(video_id)
        return video_view(
            found,
            standing=(await session.standings.of_videos([video_id]))[video_id],
            locks=await session.videos.locks(video_id),
            jobs=jobs,
            usage=await session.usage.for_video(video_id),
            # Captions change while a job finds them, so notes about them would be of no use.
            doubtful=await session.captions.doubtful(video_id, LOW_CONFIDENCE)
            if found.caption_status is CaptionStatus.READY
            else [],
            counts=await session.captions.counts(video_id),
            waiting=await session.waiting.of_video(policy, video_id)
            if found.waiting is not None or any(job.state is JobState.QUEUED for job in jobs)
            else None,
        )


@post(
    "/{video_id:uuid}/approve-layout",
    operation_id="approveLayout",
    dto=StrictBody[ApproveLayout],
    return_dto=None,
    status_code=202,
)
@raises(
    NotFoundError,
    ErrorCode.STATE_CONFLICT,
    ErrorCode.CROP_REGION_INVALID,
    ErrorCode.OBJECT_KEY_INVALID,
    RateLimitReachedError,
    BudgetReachedError,
    TransientError,
)
async def approve_layout(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    data: JSONBody[ApproveLayout],
    options: Options,
) -> Launched:
    """Crop to the approved region and find the captions; a newer region replaces an older one.

    Send ``crop_region``, or ``crop_regions`` with one region per track: 1 to 4 regions, none of
    which mostly covers another one. If the same regions are already in force, their result is used
    again, unless the model has changed or ``force`` is set.
    """
    async with services.database.transaction() as session:
        found, tier = await own_video_and_tier(session, request.user, video_id)
        locks = await session.videos.locks(video_id)
    parameters = admission.crop_and_infer(found, data.regions, locks, anew=options.anew)
    return launched(
        await services.launcher.launch_for_user(found, tier, parameters, ageing=options.ageing)
    )


@post("/{video_id:uuid}/retry", operation_id="retryVideo", status_code=202)
@raises(
    NotFoundError,
    ErrorCode.STATE_CONFLICT,
    ErrorCode.OBJECT_KEY_INVALID,
    ErrorCode.LANGUAGE_INVALID,
    RateLimitReachedError,
    BudgetReachedError,
    TransientError,
)
async def retry(
    request: UserRequest, services: Used, video_id: FromPath[UUID], force: Force = False
) -> Launched:
    """Try again the first stage that failed or was cancelled."""
    async with services.database.transaction() as session:
        found, tier = await own_video_and_tier(session, request.user, video_id)
        latest_crop = await session.jobs.latest(video_id, JobKind.CROP_AND_INFER)
        captions = await session.captions.for_video(video_id)
    parameters = admission.failed_stage(found, captions, latest_crop, anew=force)
    return launched(await services.launcher.launch_for_user(found, tier, parameters))


@post("/{video_id:uuid}/cancel", operation_id="cancelVideo", status_code=202)
@raises(NotFoundError, ErrorCode.STATE_CONFLICT, TransientError)
async def cancel(request: UserRequest, services: Used, video_id: FromPath[UUID]) -> Cancelled:
    """Cancel all jobs of the video that have not ended, and their compute calls."""
    async with services.database.transaction() as session:
        await own_video(session, request.user, video_id)
        jobs = await session.jobs.for_video(video_id)
    cancelled = await services.launcher.cancel(jobs)
    if not cancelled:
        raise PermanentError(
            ErrorCode.STATE_CONFLICT,
            "The video has no unfinished work, so there is nothing to cancel.",
        )
    return Cancelled(job_ids=cancelled)


VIDEO_ROUTES = Router(
    path="/videos",
    route_handlers=[videos, video, approve_layout, retry, cancel, *VIDEO_CHANGES],
    guards=[require_user],
    dependencies={
        "options": Provide(provide_options),
        "wanted": Provide(provide_video_filter),
    },
    tags=["videos"],
    security=USER_SECURITY,
)

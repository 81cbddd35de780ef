"""Routes of the review of a video: ask for it, accept the captions, send them back."""

from typing import Annotated
from uuid import UUID

from captionacc_contracts.editing.operations import LARGEST_ID
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.roles import Role
from captionacc_contracts.web.together import (
    ReviewList,
    ReviewState,
    ReviewStep,
    ReviewView,
    SendBack,
)
from captionacc_http.raises import raises
from captionacc_http.strict_body import StrictBody
from captionacc_supabase.together.reviews import NewStep
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from captionacc_webhook_gateway.errors import NotFoundError
from captionacc_webhook_gateway.identity.user import User
from captionacc_webhook_gateway.routes.guards import (
    USER_SECURITY,
    UserRequest,
    require_role,
    require_user,
)
from captionacc_webhook_gateway.routes.own_rows import own_video
from captionacc_webhook_gateway.services import Services, Used

STEP_ERRORS = (NotFoundError, ErrorCode.STATE_CONFLICT, TransientError)


@get("/", operation_id="listReviews")
@raises(NotFoundError, TransientError)
async def reviews(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    before: Annotated[int | None, QueryParameter(ge=1, le=LARGEST_ID)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
) -> ReviewList:
    """List the steps of the review of a video, the latest first; that one is in force."""
    async with services.database.transaction() as session:
        await own_video(session, request.user, video_id)
        found = await session.reviews.page(video_id, before=before, limit=limit)
    more = len(found) == limit
    return ReviewList(reviews=found, next_before=found[-1].number if more else None)


@post(
    "/request",
    operation_id="requestReview",
    dto=StrictBody[ReviewStep],
    return_dto=None,
    status_code=201,
)
@raises(*STEP_ERRORS)
async def request_review(
    request: UserRequest, services: Used, video_id: FromPath[UUID], data: JSONBody[ReviewStep]
) -> ReviewView:
    """Ask for a review of the captions."""
    return await _step(services, request.user, video_id, ReviewState.REQUESTED, data)


@post(
    "/accept",
    operation_id="acceptCaptions",
    guards=[require_role(Role.REVIEWER)],
    dto=StrictBody[ReviewStep],
    return_dto=None,
    status_code=201,
)
@raises(*STEP_ERRORS)
async def accept(
    request: UserRequest, services: Used, video_id: FromPath[UUID], data: JSONBody[ReviewStep]
) -> ReviewView:
    """Accept the captions as they are.

    Nothing is locked: people may go on editing, and ``review.changed_since`` of the video says so.
    """
    return await _step(services, request.user, video_id, ReviewState.ACCEPTED, data)


@post(
    "/send-back",
    operation_id="sendCaptionsBack",
    guards=[require_role(Role.REVIEWER)],
    dto=StrictBody[SendBack],
    return_dto=None,
    status_code=201,
)
@raises(*STEP_ERRORS)
async def send_back(
    request: UserRequest, services: Used, video_id: FromPath[UUID], data: JSONBody[SendBack]
) -> ReviewView:
    """Send the captions back to the annotators; the comment says what to correct."""
    return await _step(services, request.user, video_id, ReviewState.SENT_BACK, data)


@post(
    "/reopen",
    operation_id="reopenReview",
    guards=[require_role(Role.REVIEWER)],
    dto=StrictBody[ReviewStep],
    return_dto=None,
    status_code=201,
)
@raises(*STEP_ERRORS)
async def reopen(
    request: UserRequest, services: Used, video_id: FromPath[UUID], data: JSONBody[ReviewStep]
) -> ReviewView:
    """Take back the last decision."""
    return await _step(services, request.user, video_id, ReviewState.REOPENED, data)


async def _step(
    services: Services, user: User, video_id: UUID, state: ReviewState, data: ReviewStep | SendBack
) -> ReviewView:
    step = NewStep(state=state, user_id=user.id, comment=data.comment, seen_change=data.seen_change)
    async with services.database.transaction() as session:
        video = await own_video(session, user, video_id)
        return await session.reviews.add(video, step)


REVIEW_ROUTES = Router(
    path="/videos/{video_id:uuid}/reviews",
    route_handlers=[reviews, request_review, accept, send_back, reopen],
    guards=[require_user],
    tags=["reviews"],
    security=USER_SECURITY,
)

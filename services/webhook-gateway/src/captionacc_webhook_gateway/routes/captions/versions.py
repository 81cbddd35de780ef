"""Routes of the versions of a video's captions: list, show and restore them."""

from typing import Annotated
from uuid import UUID

import msgspec
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.web.caption_versions import (
    CaptionVersionList,
    CaptionVersionView,
    CarryOverPreview,
    RestoredVersion,
)
from captionacc_http.raises import raises
from captionacc_supabase import replacing
from litestar import Router, get, post
from litestar.params import FromPath, QueryParameter

from captionacc_webhook_gateway.errors import NotFoundError
from captionacc_webhook_gateway.routes.guards import USER_SECURITY, UserRequest, require_user
from captionacc_webhook_gateway.routes.own_rows import own_video
from captionacc_webhook_gateway.services import Used
from captionacc_webhook_gateway.views import caption_view

# The largest value of the column ``caption_versions.number``, an integer.
LARGEST_NUMBER = 2**31 - 1


@get("/versions", operation_id="listCaptionVersions")
@raises(NotFoundError, TransientError)
async def caption_versions(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
    before: Annotated[int | None, QueryParameter(ge=1, le=LARGEST_NUMBER)] = None,
) -> CaptionVersionList:
    """List the versions of the captions, the latest one first.

    A version is kept whenever all captions are replaced. For the next page, send the smallest
    ``number`` as ``before``.
    """
    async with services.database.transaction() as session:
        await own_video(session, request.user, video_id)
        found = await session.caption_versions.page(video_id, before, limit)
    return CaptionVersionList(versions=found)


@get("/versions/{number:int}", operation_id="getCaptionVersion")
@raises(NotFoundError, TransientError)
async def caption_version(
    request: UserRequest, services: Used, video_id: FromPath[UUID], number: FromPath[int]
) -> CaptionVersionView:
    """Show a version with all its captions and gaps."""
    async with services.database.transaction() as session:
        video = await own_video(session, request.user, video_id)
        found = (
            await session.caption_versions.get(video_id, number)
            if 0 < number <= LARGEST_NUMBER
            else None
        )
    if found is None:
        raise _no_version(number)
    return CaptionVersionView(
        **msgspec.structs.asdict(found)
        | {"captions": [caption_view(video, caption) for caption in found.captions]}
    )


@post("/versions/{number:int}/restore", operation_id="restoreCaptionVersion", status_code=200)
@raises(NotFoundError, TransientError, ErrorCode.NOT_FOUND, ErrorCode.STATE_CONFLICT)
async def restore_caption_version(
    request: UserRequest, services: Used, video_id: FromPath[UUID], number: FromPath[int]
) -> RestoredVersion:
    """Put the captions of a version in the place of the present ones, which become a version too.

    Refused while a job finds the captions anew, and when the version has captions of a place that
    is not searched now: approve its crop regions first.
    """
    async with services.database.transaction() as session:
        await own_video(session, request.user, video_id)
        if not 0 < number <= LARGEST_NUMBER:
            raise _no_version(number)
        done = await replacing.by_version(session, video_id, number, user_id=str(request.user.id))
    return RestoredVersion(number=done.number, saved_as=done.saved_as)


@get("/carry-over", operation_id="previewCarryOver")
@raises(NotFoundError, TransientError)
async def carry_over(
    request: UserRequest, services: Used, video_id: FromPath[UUID]
) -> CarryOverPreview:
    """Count what people did to the captions, which a new crop region carries over.

    What cannot be carried over stays in a version of the captions.
    """
    async with services.database.transaction() as session:
        await own_video(session, request.user, video_id)
        return await session.caption_versions.by_people(video_id)


def _no_version(number: int) -> NotFoundError:
    return NotFoundError(f"The video has no version {number} of its captions.")


CAPTION_VERSION_ROUTES = Router(
    path="/videos/{video_id:uuid}/captions",
    route_handlers=[caption_versions, caption_version, restore_caption_version, carry_over],
    guards=[require_user],
    tags=["captions"],
    security=USER_SECURITY,
)

"""Routes that show what people corrected, and take it back."""

from typing import Annotated
from uuid import UUID

from captionacc_contracts.editing.operations import LARGEST_ID
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.web.caption_edits import CaptionHistory, ChangeView, EditedCaptions
from captionacc_http.raises import raises
from litestar import get, post
from litestar.params import FromPath, QueryParameter

from captionacc_webhook_gateway.errors import NotFoundError
from captionacc_webhook_gateway.routes.guards import UserRequest
from captionacc_webhook_gateway.routes.own_rows import own_video
from captionacc_webhook_gateway.services import Used
from captionacc_webhook_gateway.views import change_view, edited_captions


@get("/captions/history", operation_id="listCaptionChanges")
@raises(NotFoundError, TransientError)
async def history(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    before: Annotated[int | None, QueryParameter(ge=1, le=LARGEST_ID)] = None,
    caption_id: Annotated[int | None, QueryParameter(ge=1, le=LARGEST_ID)] = None,
) -> CaptionHistory:
    """List what people changed, newest first: all of it, or what changed one caption.

    A change shows at most 50 of its rows here; with ``caption_id``, only those of this caption.
    """
    async with services.database.transaction() as session:
        video = await own_video(session, request.user, video_id)
        changes = await session.edits.history.page(
            video_id, limit=limit, before=before, caption_id=caption_id
        )
    more = len(changes) == limit
    return CaptionHistory(
        changes=[change_view(video, change) for change in changes],
        next_before=changes[-1].number if more else None,
    )


@get("/captions/history/{number:int}", operation_id="getCaptionChange")
@raises(NotFoundError, TransientError)
async def change(
    request: UserRequest, services: Used, video_id: FromPath[UUID], number: FromPath[int]
) -> ChangeView:
    """Show one change with all its rows."""
    async with services.database.transaction() as session:
        video = await own_video(session, request.user, video_id)
        known = 0 < number <= LARGEST_ID
        found = await session.edits.history.get(video_id, number) if known else None
    if found is None:
        raise _no_change(number)
    return change_view(video, found)


@post("/captions/history/{number:int}/undo", operation_id="undoCaptionChange", status_code=200)
@raises(NotFoundError, ErrorCode.NOT_FOUND, ErrorCode.STATE_CONFLICT, TransientError)
async def undo(
    request: UserRequest, services: Used, video_id: FromPath[UUID], number: FromPath[int]
) -> EditedCaptions:
    """Take back a change; to do it again, undo the undo.

    Refused when a later change that is not undone touched the same frames.
    """
    if not 0 < number <= LARGEST_ID:
        raise _no_change(number)
    async with services.database.transaction() as session:
        video = await own_video(session, request.user, video_id)
        edited = await session.edits.undo(video_id, number, request.user.id)
    return edited_captions(video, edited)


def _no_change(number: int) -> NotFoundError:
    return NotFoundError(f"The history of the video has no change {number}.")


CAPTION_HISTORY = (history, change, undo)
"""Routes of the router of captions, which gives them their path and their guard."""

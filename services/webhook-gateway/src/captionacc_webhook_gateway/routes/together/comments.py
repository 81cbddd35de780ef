"""Routes of comments on a video and on its captions."""

from typing import Annotated
from uuid import UUID

from captionacc_contracts.editing.operations import LARGEST_ID
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.roles import Role
from captionacc_contracts.web.together import ChangeComment, CommentList, CommentView, NewComment
from captionacc_http.raises import raises
from captionacc_http.strict_body import StrictBody
from captionacc_supabase.session import Session
from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET

from captionacc_webhook_gateway.errors import ForbiddenError, NotFoundError
from captionacc_webhook_gateway.routes.guards import USER_SECURITY, UserRequest, require_user
from captionacc_webhook_gateway.routes.own_rows import own_video
from captionacc_webhook_gateway.services import Used


@get("/", operation_id="listComments")
@raises(NotFoundError, TransientError)
async def comments(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    caption_id: Annotated[
        int | None,
        QueryParameter(ge=1, le=LARGEST_ID, description="Only comments on this caption."),
    ] = None,
    resolved: Annotated[
        bool | None, QueryParameter(description="Only comments that are, or are not, resolved.")
    ] = None,
    before: Annotated[int | None, QueryParameter(ge=1, le=LARGEST_ID)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> CommentList:
    """List the comments on a video and on its captions, the latest first."""
    async with services.database.transaction() as session:
        await own_video(session, request.user, video_id)
        found = await session.comments.page(
            video_id, caption_id=caption_id, resolved=resolved, before=before, limit=limit
        )
    more = len(found) == limit
    return CommentList(comments=found, next_before=found[-1].id if more else None)


@post("/", operation_id="addComment", dto=StrictBody[NewComment], return_dto=None, status_code=201)
@raises(NotFoundError, ErrorCode.STATE_CONFLICT, TransientError)
async def add_comment(
    request: UserRequest, services: Used, video_id: FromPath[UUID], data: JSONBody[NewComment]
) -> CommentView:
    """Comment on a caption or, without ``caption_id``, on the whole video."""
    async with services.database.transaction() as session:
        video = await own_video(session, request.user, video_id)
        caption = None
        if data.caption_id is not None:
            caption = await session.captions.get(video_id, data.caption_id)
            if caption is None:
                message = f"The video has no caption {data.caption_id}."
                raise NotFoundError(message)
        return await session.comments.add(video, caption, data.text, request.user.id)


@patch(
    "/{comment_id:int}",
    operation_id="changeComment",
    dto=StrictBody[ChangeComment],
    return_dto=None,
)
@raises(NotFoundError, TransientError)
async def change_comment(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    comment_id: FromPath[int],
    data: JSONBody[ChangeComment],
) -> CommentView:
    """Change the text of your own comment; resolve a comment of anybody, or open it again."""
    user = request.user
    async with services.database.transaction() as session:
        video = await own_video(session, user, video_id)
        comment = await _locked(session, video_id, comment_id)
        if data.text is not UNSET and comment.made_by != user.id:
            message = "Only the person who wrote a comment changes its text; add a comment instead."
            raise ForbiddenError(message)
        return await session.comments.change(
            video, comment, user.id, text=data.text, resolved=data.resolved
        )


@delete("/{comment_id:int}", operation_id="deleteComment")
@raises(NotFoundError, TransientError)
async def delete_comment(
    request: UserRequest, services: Used, video_id: FromPath[UUID], comment_id: FromPath[int]
) -> None:
    """Delete your own comment; a reviewer deletes those of others, too."""
    user = request.user
    async with services.database.transaction() as session:
        video = await own_video(session, user, video_id)
        comment = await _locked(session, video_id, comment_id)
        if comment.made_by != user.id and not user.role.includes(Role.REVIEWER):
            message = "Only a reviewer or the person who wrote a comment deletes it; resolve it."
            raise ForbiddenError(message)
        await session.comments.remove(video, comment, user.id)


async def _locked(session: Session, video_id: UUID, comment_id: int) -> CommentView:
    known = 0 < comment_id <= LARGEST_ID
    comment = await session.comments.lock(video_id, comment_id) if known else None
    if comment is None:
        message = f"The video has no comment {comment_id}."
        raise NotFoundError(message)
    return comment


COMMENT_ROUTES = Router(
    path="/videos/{video_id:uuid}/comments",
    route_handlers=[comments, add_comment, change_comment, delete_comment],
    guards=[require_user],
    tags=["reviews"],
    security=USER_SECURITY,
)

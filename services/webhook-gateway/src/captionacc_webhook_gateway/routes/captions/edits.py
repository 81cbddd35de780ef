"""Routes that correct captions; see caption_history for what was corrected."""

import re
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.editing.history import EditKind
from captionacc_contracts.editing.operations import (
    LARGEST_ID,
    Add,
    CaptionMerge,
    CaptionPatch,
    CaptionSplit,
    Delete,
    Merge,
    NewCaption,
    Operation,
    Split,
    Update,
)
from captionacc_contracts.editing.refusals import CaptionChangedError
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.web.caption_edits import (
    CaptionChangedProblem,
    CaptionEdits,
    EditedCaptions,
)
from captionacc_http.problems import PROBLEM_JSON
from captionacc_http.raises import raises
from captionacc_http.strict_body import StrictBody
from litestar import Response, delete, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from captionacc_webhook_gateway.errors import (
    InvalidRequestError,
    NotFoundError,
    StaleVersionError,
)
from captionacc_webhook_gateway.identity.user import User
from captionacc_webhook_gateway.routes.guards import UserRequest
from captionacc_webhook_gateway.routes.own_rows import own_video
from captionacc_webhook_gateway.services import Services, Used
from captionacc_webhook_gateway.views import caption_view, edited_captions

# A proxy that compresses an answer makes its tag weak; the version in it stays the same.
_TAG = re.compile(r'(?:W/)?"([1-9][0-9]{0,18})"')

IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        description='The version that you saw, as in `"3"`; or send `version` in the body.',
    ),
]
STALE = {
    412: ResponseSpec(
        data_container=CaptionChangedProblem,
        media_type=PROBLEM_JSON,
        description=(
            "Precondition Failed. A caption has another version than the request names. Values of "
            f"`code`: `{ErrorCode.CAPTION_CHANGED}`."
        ),
        generate_examples=False,
    )
}
EDIT_ERRORS = (
    NotFoundError,
    ErrorCode.NOT_FOUND,
    ErrorCode.STATE_CONFLICT,
    ErrorCode.FRAME_RANGE_INVALID,
    ErrorCode.CAPTION_TIMES_INVALID,
    TransientError,
)
CaptionPath = FromPath[int]
EditAnswer = Response[EditedCaptions]


@get("/captions/{caption_id:int}", operation_id="getCaption")
@raises(NotFoundError, TransientError)
async def caption(
    request: UserRequest, services: Used, video_id: FromPath[UUID], caption_id: CaptionPath
) -> Response[CaptionView]:
    """Show one caption or gap; the ETag holds its version."""
    async with services.database.transaction() as session:
        video = await own_video(session, request.user, video_id)
        known = 0 < caption_id <= LARGEST_ID
        row = await session.captions.get(video_id, caption_id) if known else None
    if row is None:
        message = f"The video has no caption {caption_id}."
        raise NotFoundError(message)
    return Response(caption_view(video, row), headers={"ETag": f'"{row.version}"'})


@patch(
    "/captions/{caption_id:int}",
    dto=StrictBody[CaptionPatch],
    return_dto=None,
    operation_id="updateCaption",
    responses=STALE,
)
@raises(*EDIT_ERRORS, InvalidRequestError, ErrorCode.VERSION_REQUIRED)
async def update_caption(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    caption_id: CaptionPath,
    data: JSONBody[CaptionPatch],
    if_match: IfMatch = None,
) -> EditAnswer:
    """Change the text, its judgement and notes, the state, the frames or the times of a caption.

    The neighbour moves with a frame; a gap may vanish, a caption may not. Confirmed captions and
    typed texts are never replaced by OCR.
    """
    fields = msgspec.structs.asdict(data) | {"version": _version(if_match, data.version)}
    operation = Update(caption=_known(caption_id), **fields)
    return await _edited(services, request.user, video_id, operation, EditKind.UPDATE)


@delete(
    "/captions/{caption_id:int}",
    operation_id="deleteCaption",
    status_code=200,
    responses=STALE,
)
@raises(*EDIT_ERRORS, InvalidRequestError, ErrorCode.VERSION_REQUIRED)
async def delete_caption(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    caption_id: CaptionPath,
    version: Annotated[
        int | None,
        QueryParameter(ge=1, le=LARGEST_ID, description="The version that you saw."),
    ] = None,
    if_match: IfMatch = None,
) -> EditAnswer:
    """Make a caption a gap, joined with the gaps beside it; undo brings it back."""
    operation = Delete(caption=_known(caption_id), version=_version(if_match, version))
    return await _edited(services, request.user, video_id, operation, EditKind.DELETE)


@post(
    "/captions/{caption_id:int}/split",
    dto=StrictBody[CaptionSplit],
    return_dto=None,
    operation_id="splitCaption",
    status_code=200,
    responses=STALE,
)
@raises(*EDIT_ERRORS, InvalidRequestError, ErrorCode.VERSION_REQUIRED)
async def split_caption(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    caption_id: CaptionPath,
    data: JSONBody[CaptionSplit],
    if_match: IfMatch = None,
) -> EditAnswer:
    """Split a caption in two; the first part keeps its id."""
    fields = msgspec.structs.asdict(data) | {"version": _version(if_match, data.version)}
    operation = Split(caption=_known(caption_id), **fields)
    return await _edited(services, request.user, video_id, operation, EditKind.SPLIT)


@post(
    "/captions/{caption_id:int}/merge",
    dto=StrictBody[CaptionMerge],
    return_dto=None,
    operation_id="mergeCaptions",
    status_code=200,
    responses=STALE,
)
@raises(*EDIT_ERRORS, InvalidRequestError, ErrorCode.VERSION_REQUIRED)
async def merge_captions(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    caption_id: CaptionPath,
    data: JSONBody[CaptionMerge],
    if_match: IfMatch = None,
) -> EditAnswer:
    """Join a caption with its neighbours; it keeps its id, and the gaps between are included."""
    fields = msgspec.structs.asdict(data) | {"version": _version(if_match, data.version)}
    operation = Merge(caption=_known(caption_id), **fields)
    return await _edited(services, request.user, video_id, operation, EditKind.MERGE)


@post(
    "/captions",
    dto=StrictBody[NewCaption],
    return_dto=None,
    operation_id="addCaption",
    status_code=201,
)
@raises(*EDIT_ERRORS)
async def add_caption(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    data: JSONBody[NewCaption],
) -> EditAnswer:
    """Add a caption into a gap; its frames must all be in one gap."""
    operation = Add(ref="added", **msgspec.structs.asdict(data))
    answer = await _edited(services, request.user, video_id, operation, EditKind.ADD)
    made = answer.content.refs["added"]
    answer.headers["Location"] = f"/videos/{video_id}/captions/{made}"
    return answer


@post(
    "/captions/edits",
    dto=StrictBody[CaptionEdits],
    return_dto=None,
    operation_id="editCaptions",
    status_code=200,
    responses=STALE,
)
@raises(*EDIT_ERRORS, ErrorCode.VERSION_REQUIRED)
async def edit_captions(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    data: JSONBody[CaptionEdits],
) -> EditAnswer:
    """Apply a list of operations, all or none, as one change of the history."""
    return await _apply(services, request.user, video_id, data.operations, EditKind.EDITS)


async def _edited(
    services: Services, user: User, video_id: UUID, operation: Operation, kind: EditKind
) -> EditAnswer:
    """Apply one operation; the ETag is the new version of the caption that it names."""
    answer = await _apply(services, user, video_id, [operation], kind)
    named = answer.content.refs.get("added") if isinstance(operation, Add) else operation.caption
    for shown in answer.content.captions:
        if shown.id == named:
            answer.headers["ETag"] = f'"{shown.version}"'
    return answer


async def _apply(
    services: Services,
    user: User,
    video_id: UUID,
    operations: Sequence[Operation],
    kind: EditKind,
) -> EditAnswer:
    async with services.database.transaction() as session:
        video = await own_video(session, user, video_id)
        try:
            edited = await session.edits.apply(video_id, operations, kind, user.id)
        except CaptionChangedError as error:
            present = [caption_view(video, row) for row in error.captions]
            raise StaleVersionError(error.message, present) from error
    return Response(edited_captions(video, edited))


def _version(if_match: str | None, in_body: int | None) -> int | None:
    """The version that the request names, in its header or its body."""
    if if_match is None:
        return in_body
    tag = _TAG.fullmatch(if_match.strip())
    if tag is None:
        message = 'If-Match must name one version of the caption, as in If-Match: "3".'
        raise InvalidRequestError(message)
    version = int(tag[1])
    if in_body not in (None, version):
        message = f"If-Match names version {version} and the body version {in_body}; send one."
        raise InvalidRequestError(message)
    return version


def _known(caption_id: int) -> int:
    if not 0 < caption_id <= LARGEST_ID:
        message = f"The video has no caption {caption_id}."
        raise NotFoundError(message)
    return caption_id


CAPTION_EDITS = (
    caption,
    update_caption,
    delete_caption,
    split_caption,
    merge_captions,
    add_caption,
    edit_captions,
)
"""Routes of the router of captions, which gives them their path and their guard."""

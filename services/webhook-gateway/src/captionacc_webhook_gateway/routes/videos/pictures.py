"""Routes that give people pictures of a video: addresses in the object store, and its layout."""

from typing import Annotated, Any, Literal
from uuid import UUID

from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_contracts.frames.tracks import FIRST_TRACK, MOST_TRACKS
from captionacc_contracts.web.pictures import (
    CaptionStrip,
    ChunkList,
    FullFrameList,
    Layout,
    MediaAddress,
    Presence,
)
from captionacc_http.raises import raises
from litestar import Response, Router, get
from litestar.datastructures import ResponseHeader
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, QueryParameter

from captionacc_webhook_gateway.errors import NotFoundError
from captionacc_webhook_gateway.pictures.addresses import ChunksAsked
from captionacc_webhook_gateway.pictures.table_reader import (
    StoredTable,
    layout_table,
    presence_table,
)
from captionacc_webhook_gateway.routes.captions.router import LARGEST_ID
from captionacc_webhook_gateway.routes.guards import USER_SECURITY, UserRequest, require_user
from captionacc_webhook_gateway.routes.own_rows import own_video
from captionacc_webhook_gateway.services import Services, Used

# The frame indices of a month; no video is longer.
_LAST_FRAME = 31 * 86400 * INDICES_PER_SECOND
ETAG = ResponseHeader(name="ETag", documentation_only=True, required=True)
UNCHANGED = ResponseSpec(None, description="The client has this version.", generate_examples=False)
KnownTag = Annotated[
    str | None, HeaderParameter(name="If-None-Match", description="ETag of an answer at hand.")
]
Limit = Annotated[int, QueryParameter(ge=1, le=1000, description="The most items of the answer.")]


@get("/media", operation_id="getMedia")
@raises(NotFoundError, ErrorCode.OBJECT_KEY_INVALID, TransientError)
async def media(request: UserRequest, services: Used, video_id: FromPath[UUID]) -> MediaAddress:
    """Give an address from which the uploaded file can be played; it serves ranges."""
    async with services.database.transaction() as session:
        video = await own_video(session, request.user, video_id)
    return await services.addresses.media(video)


@get("/full-frames", operation_id="listFullFrames")
@raises(NotFoundError, TransientError)
async def full_frames(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    after: Annotated[
        int | None,
        QueryParameter(
            ge=0, le=_LAST_FRAME, description="Frame index after which the page begins."
        ),
    ] = None,
    limit: Limit = 100,
) -> FullFrameList:
    """List the whole pictures that were stored, one per 10 s, with addresses.

    For the next page, send ``next_after`` as ``after``.
    """
    async with services.database.transaction() as session:
        video = await own_video(session, request.user, video_id)
    return await services.addresses.full_frames(video, after, limit)


@get("/chunks", operation_id="listChunks")
@raises(NotFoundError, TransientError)
async def chunks(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    track: Annotated[int, QueryParameter(ge=FIRST_TRACK, le=MOST_TRACKS)] = FIRST_TRACK,
    level: Annotated[
        Literal["16", "4", "1"] | None,
        QueryParameter(description="Chunks of this level only; 16 holds every 16th frame."),
    ] = None,
    first_frame: Annotated[
        int, QueryParameter(name="from", ge=0, le=_LAST_FRAME, description="First frame.")
    ] = 0,
    end_frame: Annotated[
        int,
        QueryParameter(
            name="to", ge=0, le=_LAST_FRAME, description="Frame after the last one of the range."
        ),
    ] = _LAST_FRAME,
    after: Annotated[
        str | None,
        QueryParameter(max_length=100, description="`next_after` of the page before."),
    ] = None,
    limit: Limit = 500,
) -> ChunkList:
    """Give the manifest of a track's cropped frames, with addresses of its chunks.

    Each frame is in one chunk of one level. Frame k of a chunk is shown at k/10 s.
    """
    async with services.database.transaction() as session:
        video = await own_video(session, request.user, video_id)
    asked = ChunksAsked(
        track=track,
        level=None if level is None else int(level),
        first_frame=first_frame,
        end_frame=end_frame,
        after=after,
        limit=limit,
    )
    return await services.addresses.chunks(video, asked)


@get(
    "/layout",
    operation_id="getLayout",
    response_headers=[ETAG],
    responses={
        200: ResponseSpec(Layout, description="The layout.", generate_examples=False),
        304: UNCHANGED,
    },
)
@raises(NotFoundError, TransientError)
async def layout(
    request: UserRequest, services: Used, video_id: FromPath[UUID], known: KnownTag = None
) -> Response[Any]:
    """Show the text boxes that were found in the full frames, and the suggested tracks.

    Answers 304 when the client has this version already.
    """
    async with services.database.transaction() as session:
        video = await own_video(session, request.user, video_id)
    return await _table_answer(services, layout_table(video), known)


@get(
    "/presence",
    operation_id="getPresence",
    response_headers=[ETAG],
    responses={
        200: ResponseSpec(Presence, description="The presence.", generate_examples=False),
        304: UNCHANGED,
    },
)
@raises(NotFoundError, TransientError)
async def presence(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    track: Annotated[int, QueryParameter(ge=FIRST_TRACK, le=MOST_TRACKS)] = FIRST_TRACK,
    known: KnownTag = None,
) -> Response[Any]:
    """Show how likely each frame of a track has text, as the model saw it.

    People's edits do not change it, so it shows where a caption may be missing or too long.
    Answers 304 when the client has this version already.
    """
    async with services.database.transaction() as session:
        video = await own_video(session, request.user, video_id)
    return await _table_answer(services, presence_table(video, track), known)


async def _table_answer(services: Services, table: StoredTable, known: str | None) -> Response[Any]:
    etag = await services.tables.etag(table)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if known is not None and etag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
        return Response(None, status_code=304, headers=headers)
    return Response(
        await services.tables.read(table), media_type="application/json", headers=headers
    )


@get("/captions/{caption_id:int}/strip", operation_id="getCaptionStrip")
@raises(NotFoundError, TransientError)
async def strip(
    request: UserRequest, services: Used, video_id: FromPath[UUID], caption_id: FromPath[int]
) -> CaptionStrip:
    """Give the frames at both ends of a caption: before first, first, last, after last.

    Each picture is a frame inside a small WebM file: open the address and seek to it.
    """
    async with services.database.transaction() as session:
        video = await own_video(session, request.user, video_id)
        caption = (
            await session.captions.get(video_id, caption_id)
            if 0 < caption_id <= LARGEST_ID
            else None
        )
    if caption is None:
        message = f"The video has no caption {caption_id}."
        raise NotFoundError(message)
    return await services.addresses.strip(video, caption)


PICTURE_ROUTES = Router(
    path="/videos/{video_id:uuid}",
    route_handlers=[media, full_frames, chunks, layout, presence, strip],
    guards=[require_user],
    tags=["pictures"],
    security=USER_SECURITY,
)

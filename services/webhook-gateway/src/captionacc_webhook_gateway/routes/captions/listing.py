"""``GET /videos/{id}/captions``: the captions of a video, whole or page by page."""

import hashlib
from typing import Annotated
from uuid import UUID

import msgspec
from captionacc_contracts.api import CaptionList
from captionacc_contracts.editing.operations import CaptionId
from captionacc_contracts.errors import TransientError
from captionacc_contracts.frames.frame_index import CROPPED_FRAME_RATE
from captionacc_contracts.frames.tracks import FIRST_TRACK, MOST_TRACKS
from captionacc_http.compression import accepts_gzip
from captionacc_http.raises import raises
from captionacc_supabase.rows import Video
from captionacc_supabase.video.caption_pages import (
    LARGEST_FRAME,
    CaptionPlace,
    CaptionSelection,
)
from litestar import Response, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, QueryParameter, SkipValidation

from captionacc_webhook_gateway.encoded_pages import EncodedPage
from captionacc_webhook_gateway.errors import InvalidRequestError, NotFoundError
from captionacc_webhook_gateway.routes.guards import UserRequest
from captionacc_webhook_gateway.routes.own_rows import own_video
from captionacc_webhook_gateway.routes.paging import (
    CURSOR_LIMIT,
    LINK,
    link_header,
    next_address,
    place_of,
)
from captionacc_webhook_gateway.services import Used

# A video of ten hours has fewer captions, so one page can hold all of them.
LARGEST_PAGE = 20_000
# An address of this many ids stays below 4 KB, which every proxy takes.
MOST_NAMED = 200

ETAG = ResponseHeader(
    name="ETag",
    description="Changes whenever a caption of the page changes; send it as `If-None-Match`.",
    documentation_only=True,
)


@raises(InvalidRequestError)
async def provide_selection(
    from_frame: Annotated[
        int,
        QueryParameter(description="Only captions that end here or later.", ge=0, le=LARGEST_FRAME),
    ] = 0,
    to_frame: Annotated[
        int,
        QueryParameter(
            description="Only captions that start here or earlier.", ge=0, le=LARGEST_FRAME
        ),
    ] = LARGEST_FRAME,
    track: Annotated[
        int | None,
        QueryParameter(description="Only captions of this track.", ge=FIRST_TRACK, le=MOST_TRACKS),
    ] = None,
    caption_id: Annotated[
        list[CaptionId] | None,
        QueryParameter(
            description="Only these captions, such as those that an event names.",
            max_items=MOST_NAMED,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        QueryParameter(description="Captions per page; default: all.", ge=1, le=LARGEST_PAGE),
    ] = None,
    cursor: Annotated[
        str | None,
        QueryParameter(description="Comes from a link to a page.", max_length=CURSOR_LIMIT),
    ] = None,
) -> CaptionSelection:
    """Provide the parameter ``selection`` of the list."""
    return CaptionSelection(
        from_frame=from_frame,
        to_frame=to_frame,
        track=track,
        caption_ids=caption_id,
        limit=limit,
        begin=place_of(cursor, CaptionPlace),
    )


@get(
    "/captions",
    operation_id="listCaptions",
    dependencies={"selection": Provide(provide_selection)},
    response_headers=[LINK, ETAG],
    responses={
        200: ResponseSpec(CaptionList, description="The captions.", generate_examples=False),
        304: ResponseSpec(None, description="The client's copy, named by its tag, is still true."),
    },
)
@raises(NotFoundError, TransientError)
async def captions(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    selection: NamedDependency[SkipValidation[CaptionSelection]],
    known: Annotated[
        str | None,
        HeaderParameter(name="If-None-Match", description="Tags of the client's copies."),
    ] = None,
) -> Response[bytes | None]:
    """List captions and gaps by time; those of each track cover every frame once.

    Both ends of a range of frames are inclusive, and a caption belongs to it when at least one of
    its frames does. With ``limit``, each page has a link to the next one, in the field ``next`` and
    in the header ``Link``.
    """
    async with services.database.transaction() as session:
        video = await own_video(session, request.user, video_id)
        place = await session.caption_pages.next_place(video_id, selection)
        digest = await session.caption_pages.digest(video_id, selection)
    following = next_address(request, place)
    tag = _tag(video, following, selection, digest)
    headers = {"Cache-Control": "private, no-cache", "ETag": tag, **link_header(following)}
    if known is not None and _names(known, tag):
        return Response(None, status_code=304, headers=headers)

    async def make() -> EncodedPage:
        async with services.database.transaction() as session:
            found = await session.caption_pages.encoded(video_id, selection, video.start_seconds)
        return EncodedPage(
            tag=_tag(video, following, selection, found.digest),
            body=_encoded(video, following, found.json),
        )

    compressed = accepts_gzip(request.headers.get("accept-encoding"))
    page = await services.pages.page(tag, make, compressed=compressed)
    encoding = {"Content-Encoding": "gzip"} if compressed else {}
    return Response(
        page.body,
        media_type="application/json",
        headers={**headers, "ETag": page.tag, "Vary": "Accept-Encoding", **encoding},
    )


def _encoded(video: Video, following: str | None, captions: bytes) -> bytes:
    head = CaptionList(
        frame_rate=CROPPED_FRAME_RATE,
        frame_count=video.frame_count or 0,
        crop_region=video.crop_region,
        captions=[],
        tracks=video.approved_tracks,
        start_seconds=video.start_seconds,
        next=following,
    )
    return msgspec.json.encode(msgspec.structs.asdict(head) | {"captions": msgspec.Raw(captions)})


def _tag(video: Video, following: str | None, selection: CaptionSelection, digest: str) -> str:
    """Return the weak tag of a page: the same for each encoding, and for nothing else."""
    head = _encoded(video, following, b"[]")
    said = (str(video.id), msgspec.json.encode(selection), digest, head)
    hashed = hashlib.blake2b(msgspec.json.encode(said), digest_size=16)
    return f'W/"{hashed.hexdigest()}"'


def _names(header: str, tag: str) -> bool:
    """Whether an ``If-None-Match`` header names the tag."""
    named = [one.strip().removeprefix("W/") for one in header.split(",")]
    return "*" in named or tag.removeprefix("W/") in named

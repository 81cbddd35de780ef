"""``GET /videos``: the tenant's videos, page by page."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from captionacc_contracts.api import VideoList
from captionacc_contracts.errors import TransientError
from captionacc_contracts.web.together import ReviewState
from captionacc_contracts.work.states import CaptionStatus, VideoStatus
from captionacc_http.raises import raises
from captionacc_supabase.rows import Video
from captionacc_supabase.video.listing import VideoFilter, VideoOrder, VideoPlace
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation

from captionacc_webhook_gateway.errors import InvalidRequestError
from captionacc_webhook_gateway.routes.guards import UserRequest
from captionacc_webhook_gateway.routes.paging import (
    CURSOR_LIMIT,
    LINK,
    link_header,
    next_address,
    place_of,
)
from captionacc_webhook_gateway.services import Used
from captionacc_webhook_gateway.views import video_summary

LONGEST_SEARCH = 200
# RFC 5646 asks programs to allow for tags of 35 characters.
LONGEST_LANGUAGE_TAG = 35
_WITHOUT_NUL = r"^[^\x00]*$"


async def provide_video_filter(
    status: Annotated[
        list[VideoStatus] | None, QueryParameter(description="Only videos with such a status.")
    ] = None,
    caption_status: Annotated[
        list[CaptionStatus] | None,
        QueryParameter(description="Only videos whose captions have such a status."),
    ] = None,
    review_state: Annotated[
        list[ReviewState] | None,
        QueryParameter(description="Only videos whose review has such a state."),
    ] = None,
    language: Annotated[
        str | None,
        QueryParameter(
            description="Only videos in this language, a BCP 47 tag.",
            min_length=1,
            max_length=LONGEST_LANGUAGE_TAG,
            pattern=_WITHOUT_NUL,
        ),
    ] = None,
    q: Annotated[
        str | None,
        QueryParameter(
            description="Only videos whose name contains this text, in upper or lower case.",
            min_length=1,
            max_length=LONGEST_SEARCH,
            pattern=_WITHOUT_NUL,
        ),
    ] = None,
) -> VideoFilter:
    """Provide the parameter ``wanted`` of the list."""
    return VideoFilter(
        status=status,
        caption_status=caption_status,
        review_state=review_state,
        language=language,
        name=q,
    )


@get("/", operation_id="listVideos", response_headers=[LINK])
@raises(InvalidRequestError, TransientError)
async def videos(
    request: UserRequest,
    services: Used,
    wanted: NamedDependency[SkipValidation[VideoFilter]],
    order: Annotated[
        VideoOrder, QueryParameter(description="The order; a minus sign means descending.")
    ] = VideoOrder.LATEST,
    limit: Annotated[int, QueryParameter(ge=1, le=500, description="Videos per page.")] = 100,
    cursor: Annotated[
        str | None,
        QueryParameter(description="Comes from a link to a page.", max_length=CURSOR_LIMIT),
    ] = None,
    before: Annotated[
        datetime | None,
        QueryParameter(
            description="Only videos uploaded before this moment, which needs a UTC offset. It "
            "needs the order `-uploaded_at`, and no cursor beside it."
        ),
    ] = None,
    before_id: Annotated[
        UUID | None,
        QueryParameter(
            description="With `before`: also videos uploaded at that very moment that come after "
            "the video with this id. Without `before`, it is refused."
        ),
    ] = None,
) -> Response[VideoList]:
    """List the tenant's videos, latest upload first.

    Each page has a link to the next one, in the field ``next`` and in the header ``Link``; it keeps
    the filter and the order. A client may also page by the last video that it has: its
    ``uploaded_at`` is ``before``, and its id is ``before_id``.
    """
    place = _checked(place_of(cursor, VideoPlace), order)
    if before is not None or before_id is not None:
        if place is not None or order is not VideoOrder.LATEST:
            message = "before goes with the order -uploaded_at and without a cursor; leave one out."
            raise InvalidRequestError(message)
        place = _place_before(before, before_id)
    tenant_id = request.user.tenant_id
    async with services.database.transaction() as session:
        total = await session.video_lists.count(tenant_id, wanted)
        found = await session.video_lists.page(tenant_id, wanted, order, place, limit + 1)
        standings = await session.standings.of_videos([video.id for video in found[:limit]])
    last = found[limit - 1] if len(found) > limit else None
    following = next_address(request, None if last is None else _place_of(last, order))
    page = VideoList(
        videos=[video_summary(video, standings[video.id]) for video in found[:limit]],
        total=total,
        next=following,
    )
    return Response(page, headers=link_header(following))


def _by_time(order: VideoOrder) -> bool:
    return order in (VideoOrder.LATEST, VideoOrder.EARLIEST)


def _place_of(video: Video, order: VideoOrder) -> VideoPlace:
    if _by_time(order):
        return VideoPlace(id=video.id, uploaded_at=video.uploaded_at)
    return VideoPlace(id=video.id, display_name=video.display_name)


def _checked(place: VideoPlace | None, order: VideoOrder) -> VideoPlace | None:
    """Check that a cursor belongs to the order."""
    if place is not None:
        key = place.uploaded_at if _by_time(order) else place.display_name
        if key is None:
            message = "The cursor is from a list in another order; begin at the first page."
            raise InvalidRequestError(message)
    return place


def _place_before(before: datetime | None, before_id: UUID | None) -> VideoPlace:
    if before is None:
        message = "before_id goes with before; send the uploaded_at of the same video as before."
        raise InvalidRequestError(message)
    if before.tzinfo is None:
        message = "before needs a UTC offset, as in 2026-01-02T03:04:05Z."
        raise InvalidRequestError(message)
    # No video has the smallest id, so without an id, videos of the moment itself are left out.
    return VideoPlace(id=before_id or UUID(int=0), uploaded_at=before)

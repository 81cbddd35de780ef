"""Routes that upload videos, change them and delete them."""

from typing import Annotated
from uuid import UUID

import msgspec
from captionacc_contracts.api import VideoSummary
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.languages.language import language_tag
from captionacc_contracts.limits import BudgetReachedError, RateLimitReachedError
from captionacc_contracts.roles import Role
from captionacc_contracts.web.uploads import (
    ChangeVideo,
    NewUpload,
    PartAddresses,
    UploadList,
    UploadView,
    VideoDeleted,
)
from captionacc_http.raises import raises
from captionacc_http.strict_body import StrictBody
from captionacc_supabase.going_on import go_on
from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from captionacc_webhook_gateway.errors import InvalidRequestError, NotFoundError
from captionacc_webhook_gateway.routes.guards import USER_SECURITY, UserRequest, require_role
from captionacc_webhook_gateway.routes.own_rows import own_video
from captionacc_webhook_gateway.services import Used
from captionacc_webhook_gateway.uploading.uploader import PARTS_PER_ANSWER
from captionacc_webhook_gateway.uploading.views import upload_summary
from captionacc_webhook_gateway.views import video_summary


@post(
    "/",
    operation_id="beginUpload",
    dto=StrictBody[NewUpload],
    return_dto=None,
    status_code=201,
)
@raises(
    ErrorCode.VIDEO_TOO_LARGE,
    ErrorCode.LANGUAGE_INVALID,
    RateLimitReachedError,
    BudgetReachedError,
    TransientError,
)
async def begin_upload(
    request: UserRequest, services: Used, data: JSONBody[NewUpload]
) -> UploadView:
    """Begin the upload of a video, and say where to send its parts.

    PUT each part to its address, in any order and several at a time, then complete the upload. The
    parts go to the object store, not through this API.
    """
    return await services.uploader.begin(request.user, data)


@get("/", operation_id="listUploads")
@raises(TransientError)
async def uploads(
    request: UserRequest,
    services: Used,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> UploadList:
    """List the tenant's open uploads, latest first."""
    async with services.database.transaction() as session:
        found = await session.uploads.open_ones(request.user.tenant_id, limit)
    return UploadList(uploads=[upload_summary(upload) for upload in found])


@get("/{upload_id:uuid}", operation_id="getUpload")
@raises(NotFoundError, TransientError)
async def upload(request: UserRequest, services: Used, upload_id: FromPath[UUID]) -> UploadView:
    """Show which parts of an upload the store has, and where to send the next ones.

    With this answer, an upload goes on after a cut or in another tab.
    """
    return await services.uploader.show(request.user, upload_id)


@get("/{upload_id:uuid}/parts", operation_id="getPartAddresses")
@raises(NotFoundError, InvalidRequestError, ErrorCode.STATE_CONFLICT, TransientError)
async def part_addresses(
    request: UserRequest,
    services: Used,
    upload_id: FromPath[UUID],
    first: Annotated[int, QueryParameter(name="from", ge=1, description="First part.")] = 1,
    last: Annotated[
        int | None,
        QueryParameter(
            name="to", ge=1, description=f"Last part; default: {PARTS_PER_ANSWER} parts."
        ),
    ] = None,
) -> PartAddresses:
    """Sign addresses for a range of parts, which may have been sent before."""
    return await services.uploader.addresses(request.user, upload_id, first, last)


@post("/{upload_id:uuid}/complete", operation_id="completeUpload", status_code=200)
@raises(
    NotFoundError,
    ErrorCode.UPLOAD_INCOMPLETE,
    ErrorCode.VIDEO_UNREADABLE,
    ErrorCode.STATE_CONFLICT,
    RateLimitReachedError,
    BudgetReachedError,
    TransientError,
)
async def complete_upload(
    request: UserRequest, services: Used, upload_id: FromPath[UUID]
) -> VideoSummary:
    """Make a video of an upload whose parts are all there, and start its work.

    A file of another size, or one that does not begin like a video, is refused. Completing an
    upload again gives the same video.
    """
    return video_summary(await services.uploader.complete(request.user, upload_id))


@delete("/{upload_id:uuid}", operation_id="abortUpload", status_code=204)
@raises(NotFoundError, ErrorCode.STATE_CONFLICT, TransientError)
async def abort_upload(request: UserRequest, services: Used, upload_id: FromPath[UUID]) -> None:
    """Remove an upload that is not complete, with the parts that were sent."""
    await services.uploader.abort(request.user, upload_id)


@patch(
    "/{video_id:uuid}",
    operation_id="changeVideo",
    dto=StrictBody[ChangeVideo],
    return_dto=None,
)
@raises(NotFoundError, ErrorCode.LANGUAGE_INVALID, TransientError)
async def change_video(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    data: JSONBody[ChangeVideo],
) -> VideoSummary:
    """Change the name of a video, the language of its captions, or whether a person attends it.

    A new language counts for texts that are read from now on. A video that becomes unattended goes
    on at once if it waits for a person.
    """
    language = data.language
    if language is not msgspec.UNSET:
        language = language_tag(language)
    async with services.database.transaction() as session:
        await own_video(session, request.user, video_id)
        await session.videos.change(
            video_id,
            display_name=data.display_name,
            language=language,
            unattended=data.unattended,
        )
        if data.unattended is True:
            latest = await session.jobs.latest(video_id)
            if latest is not None:
                await go_on(session, latest)
        found = await own_video(session, request.user, video_id)
    return video_summary(found)


@delete("/{video_id:uuid}", operation_id="deleteVideo", status_code=202)
@raises(NotFoundError, TransientError)
async def delete_video(
    request: UserRequest, services: Used, video_id: FromPath[UUID]
) -> VideoDeleted:
    """Cancel the work on a video and delete it, with its captions and all files made of it.

    The rows are gone when this answers. The event ``video.objects_deleted`` says when the upload
    and the files are gone from the store.
    """
    async with services.database.transaction() as session:
        await own_video(session, request.user, video_id)
        jobs = await session.jobs.for_video(video_id)
    cancelled = await services.launcher.cancel(jobs)
    async with services.database.transaction() as session:
        # Another request may have deleted it meanwhile.
        await own_video(session, request.user, video_id)
        await session.deletions.delete(video_id, request.user.tenant_id)
    return VideoDeleted(video_id=video_id, cancelled_job_ids=cancelled)


# These belong to the router of the videos: a path can be of one router only.
VIDEO_CHANGES = (begin_upload, change_video, delete_video)

UPLOAD_ROUTES = Router(
    path="/uploads",
    route_handlers=[uploads, upload, part_addresses, complete_upload, abort_upload],
    # Reading an upload gives addresses to write to, so it takes more than the role to read.
    guards=[require_role(Role.ANNOTATOR)],
    tags=["uploads"],
    security=USER_SECURITY,
)

"""Routes of a video's captions: list them, ask for their text, correct them."""

from typing import Annotated
from uuid import UUID

from captionacc_contracts.api import Launched, RequestOcr
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.limits import BudgetReachedError, RateLimitReachedError
from captionacc_http.raises import raises
from captionacc_http.strict_body import StrictBody
from litestar import Router, post
from litestar.di import Provide
from litestar.params import FromPath, JSONBody, QueryParameter

from captionacc_webhook_gateway import admission
from captionacc_webhook_gateway.errors import NotFoundError
from captionacc_webhook_gateway.routes.captions.edits import CAPTION_EDITS
from captionacc_webhook_gateway.routes.captions.history import CAPTION_HISTORY
from captionacc_webhook_gateway.routes.captions.listing import captions
from captionacc_webhook_gateway.routes.guards import USER_SECURITY, UserRequest, require_user
from captionacc_webhook_gateway.routes.own_rows import own_video_and_tier
from captionacc_webhook_gateway.routes.work_options import Options, provide_options
from captionacc_webhook_gateway.services import Used
from captionacc_webhook_gateway.views import launched

# The largest value of the column ``captions.id``, a bigint.
LARGEST_ID = 2**63 - 1

InLanguage = Annotated[
    str | None,
    QueryParameter(
        description="Language of the text, as a BCP 47 tag; default: the language of the video."
    ),
]


@post("/captions/{caption_id:int}/request-ocr", operation_id="requestCaptionOcr", status_code=202)
@raises(
    NotFoundError,
    ErrorCode.STATE_CONFLICT,
    ErrorCode.LANGUAGE_INVALID,
    RateLimitReachedError,
    BudgetReachedError,
    TransientError,
)
async def request_caption_ocr(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    caption_id: FromPath[int],
    options: Options,
    language: InLanguage = None,
) -> Launched:
    """Read the text of one caption; a caption that already has text is read again."""
    async with services.database.transaction() as session:
        video, tier = await own_video_and_tier(session, request.user, video_id)
        caption = (
            await session.captions.get(video_id, caption_id)
            if 0 < caption_id <= LARGEST_ID
            else None
        )
    if caption is None:
        message = f"The video has no caption {caption_id}."
        raise NotFoundError(message)
    parameters = admission.caption_ocr(video, caption, language=language, anew=options.anew)
    return launched(
        await services.launcher.launch_for_user(video, tier, parameters, ageing=options.ageing)
    )


@post(
    "/captions/request-ocr",
    operation_id="requestCaptionsOcr",
    dto=StrictBody[RequestOcr],
    return_dto=None,
    status_code=202,
)
@raises(
    NotFoundError,
    ErrorCode.NOT_FOUND,
    ErrorCode.STATE_CONFLICT,
    ErrorCode.LANGUAGE_INVALID,
    RateLimitReachedError,
    BudgetReachedError,
    TransientError,
)
async def request_captions_ocr(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    options: Options,
    language: InLanguage = None,
    data: JSONBody[RequestOcr | None] = None,
) -> Launched:
    """Read the text of many captions in one call: the named ones, or all captions without text.

    The captions may be of several tracks. When a named caption already has text, the call reads all
    of them again.
    """
    asked = None if data is None else data.caption_ids
    async with services.database.transaction() as session:
        video, tier = await own_video_and_tier(session, request.user, video_id)
        captions = await session.captions.for_video(video_id)
        if asked is None:
            asked = await session.captions.without_text(video_id)
        chosen = admission.chosen(captions, asked)
    parameters = admission.captions_ocr(video, chosen, language=language, anew=options.anew)
    return launched(
        await services.launcher.launch_for_user(video, tier, parameters, ageing=options.ageing)
    )


CAPTION_ROUTES = Router(
    path="/videos/{video_id:uuid}",
    route_handlers=[
        captions,
        request_caption_ocr,
        request_captions_ocr,
        *CAPTION_EDITS,
        *CAPTION_HISTORY,
    ],
    guards=[require_user],
    dependencies={"options": Provide(provide_options)},
    tags=["captions"],
    security=USER_SECURITY,
)

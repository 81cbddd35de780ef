"""``GET /events``: live events of the user's tenant."""

from typing import Annotated

from litestar import get
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from captionacc_webhook_gateway.dependencies import (
    Used,
    UserRequest,
    require_stream_user,
)
from captionacc_webhook_gateway.live_events.server_sent_events import (
    last_event_id,
)
from captionacc_webhook_gateway.routes.videos import USER_SECURITY


@get(
    "/events",
    guards=[require_stream_user],
    media_type="text/event-stream",
    tags=["events"],
    security=USER_SECURITY,
)
async def events(
    request: UserRequest,
    services: Used,
    seen: Annotated[
        str | None,
        HeaderParameter(name="Last-Event-ID", description="Number of the last event seen."),
    ] = None,
    access_token: Annotated[  # noqa: ARG001  read by the guard; named here for the documentation
        str | None,
        QueryParameter(
            description="The user token, for an EventSource, which can send no headers."
        ),
    ] = None,
) -> Stream:
    """Events as they are committed, numbered; first a ``snapshot``, or what came after the number.

    Each of our events is named by its kind; ``video-stats-updated`` comes besides. The stream ends
    when the token does; connect again with a new one.
    """
    user = request.user
    return Stream(
        await services.feed.open(user.tenant_id, last_event_id(seen), user.expires_at),
        media_type="text/event-stream",
        # The last is for proxies that would hold lines back.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )

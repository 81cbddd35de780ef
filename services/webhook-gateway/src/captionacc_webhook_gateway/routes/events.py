"""``GET /events``: live events of the user's tenant."""

from typing import Annotated

from captionacc_contracts.web.event_stream import StreamedData
from captionacc_http.raises import raises
from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from captionacc_webhook_gateway.errors import TooManyStreamsError
from captionacc_webhook_gateway.live_events.server_sent_events import (
    SNAPSHOT_EVENT,
    STATS_EVENT,
    VISITS_EVENT,
    last_event_id,
)
from captionacc_webhook_gateway.routes.guards import (
    USER_SECURITY,
    UserRequest,
    require_stream_user,
)
from captionacc_webhook_gateway.services import Used


@get(
    "/events",
    operation_id="streamEvents",
    guards=[require_stream_user],
    media_type="text/event-stream",
    tags=["events"],
    security=USER_SECURITY,
    responses={
        200: ResponseSpec(
            StreamedData,
            media_type="text/event-stream",
            description="The stream. The schema is that of the `data` of one message, as JSON: "
            f"`{SNAPSHOT_EVENT}` messages hold a `Snapshot`, `{VISITS_EVENT}` messages "
            f"`AllVisits`, `{STATS_EVENT}` messages a `VideoStatsUpdated`, and the others an event "
            "whose `kind` names the message.",
            generate_examples=False,
        )
    },
)
@raises(TooManyStreamsError)
async def events(
    request: UserRequest,
    services: Used,
    seen: Annotated[
        str | None,
        HeaderParameter(name="Last-Event-ID", description="Number of the last event seen."),
    ] = None,
    access_token: Annotated[  # noqa: ARG001  the guard reads it; the API documentation needs it here
        str | None,
        QueryParameter(
            description="The user token, for an EventSource, which cannot send headers."
        ),
    ] = None,
) -> Stream:
    """Stream the tenant's numbered events.

    The stream begins with a ``snapshot`` of the videos or, when ``Last-Event-ID`` is sent, with the
    events after that number. Each event is named by its kind. A ``video-stats-updated`` message may
    precede it. ``visits`` says who has which video open, at first and whenever it changes; it has
    no number. The stream ends when the token expires; connect again with a new token.
    """
    user = request.user
    return Stream(
        await services.feed.open(user.tenant_id, last_event_id(seen), user.expires_at),
        media_type="text/event-stream",
        # X-Accel-Buffering keeps proxies from holding lines back.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )

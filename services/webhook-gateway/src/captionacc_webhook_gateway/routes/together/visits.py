"""Routes by which a page says that somebody has a video open."""

from uuid import UUID

import msgspec
from captionacc_contracts.errors import TransientError
from captionacc_contracts.roles import Role
from captionacc_contracts.web.together import Visited, Visiting
from captionacc_http.raises import raises
from captionacc_http.strict_body import StrictBody
from litestar import Router, delete, put
from litestar.params import FromPath, JSONBody

from captionacc_webhook_gateway.errors import NotFoundError
from captionacc_webhook_gateway.routes.guards import USER_SECURITY, UserRequest, require_role
from captionacc_webhook_gateway.routes.own_rows import own_video
from captionacc_webhook_gateway.services import Used

REPEAT_AFTER_S = 15.0
# Two requests may get lost before others no longer see the person.
VISIT_LASTS_S = 50.0


@put("/{tab:uuid}", operation_id="renewVisit", dto=StrictBody[Visiting], return_dto=None)
@raises(NotFoundError, TransientError)
async def renew_visit(
    request: UserRequest,
    services: Used,
    video_id: FromPath[UUID],
    tab: FromPath[UUID],
    data: JSONBody[Visiting],
) -> Visited:
    """Tell others that a tab of your browser has the video open, and see who else has.

    ``tab`` is a UUID of the client's choice. Repeat the request; else the visit ends by itself. A
    tab has one video open at a time. A viewer is never shown as working.
    """
    user = request.user
    working = data.working and user.role.includes(Role.ANNOTATOR)
    async with services.database.transaction() as session:
        await own_video(session, user, video_id)
        expires_at = await session.visits.renew(
            user.tenant_id,
            user.id,
            tab,
            video_id,
            msgspec.structs.replace(data, working=working),
            lasts_s=VISIT_LASTS_S,
        )
        visits = await session.visits.of_videos([video_id])
    return Visited(
        visits=visits.get(video_id, []), repeat_after_s=REPEAT_AFTER_S, expires_at=expires_at
    )


@delete("/{tab:uuid}", operation_id="endVisit")
@raises(NotFoundError, TransientError)
async def end_visit(
    request: UserRequest, services: Used, video_id: FromPath[UUID], tab: FromPath[UUID]
) -> None:
    """End the visit of a tab at once, when its page is closed or hidden."""
    user = request.user
    async with services.database.transaction() as session:
        await own_video(session, user, video_id)
        await session.visits.end(user.tenant_id, user.id, tab, video_id)


VISIT_ROUTES = Router(
    path="/videos/{video_id:uuid}/visits",
    route_handlers=[renew_visit, end_visit],
    guards=[require_role(Role.VIEWER)],
    tags=["people"],
    security=USER_SECURITY,
)

"""``GET /people``: names for the ids of users."""

from captionacc_contracts.errors import TransientError
from captionacc_contracts.web.together import Me, PeopleList
from captionacc_http.raises import raises
from litestar import get

from captionacc_webhook_gateway.routes.guards import USER_SECURITY, UserRequest, require_user
from captionacc_webhook_gateway.services import Used

# A page shows the names of those who work now; a tenant with more people is rare.
MOST_PEOPLE = 2000


@get(
    "/people",
    operation_id="listPeople",
    guards=[require_user],
    tags=["people"],
    security=USER_SECURITY,
)
@raises(TransientError)
async def people(request: UserRequest, services: Used) -> PeopleList:
    """List the names of the people of the tenant who changed something, and the caller's own.

    Names and e-mail addresses are those of their latest tokens. People whose tokens have none are
    left out.
    """
    user = request.user
    async with services.database.transaction() as session:
        found = await session.people.of_tenant(user.tenant_id, MOST_PEOPLE)
    me = Me(id=user.id, name=user.name, email=user.email, tenant_id=user.tenant_id, role=user.role)
    return PeopleList(me=me, people=found)

"""Routes that sign a browser in by a link, which works once and for a short time."""

from datetime import UTC, datetime, timedelta

from captionacc_contracts.errors import TransientError
from captionacc_contracts.roles import Role
from captionacc_contracts.web.sign_in import SignedIn, SignInCode, SignInLink
from captionacc_http.raises import raises
from captionacc_http.strict_body import StrictBody
from litestar import Response, post
from litestar.params import JSONBody

from captionacc_webhook_gateway.errors import TooManyRequestsError, UnauthenticatedError
from captionacc_webhook_gateway.identity.sign_in_codes import digest_of, seal, unseal
from captionacc_webhook_gateway.identity.tokens import bearer_of
from captionacc_webhook_gateway.routes.guards import USER_SECURITY, UserRequest, require_role
from captionacc_webhook_gateway.services import Used

# Enough to switch from a terminal to a browser, or to type the address into another machine.
LASTS = timedelta(minutes=10)


@post(
    "/sign-in-links",
    operation_id="createSignInLink",
    # A viewer may show the page on another machine too.
    guards=[require_role(Role.VIEWER)],
    tags=["sign-in"],
    security=USER_SECURITY,
    status_code=201,
)
@raises(TooManyRequestsError, TransientError)
async def create_sign_in_link(request: UserRequest, services: Used) -> SignInLink:
    """Make a link that signs one browser in with the token of this request.

    The link works once, within ten minutes. Whoever opens it first is signed in, so show it to
    nobody else. A user may make 60 links at once, and one per five seconds on average.
    """
    await services.sign_in_links.spend(str(request.user.id))
    sealed = seal(bearer_of(request.headers.get("authorization")))
    now = datetime.now(UTC)
    token_ends = datetime.fromtimestamp(request.user.expires_at, UTC)
    expires_at = min(now + LASTS, token_ends)
    async with services.database.transaction() as session:
        await session.sign_in_links.add(
            sealed.digest, sealed.token, (expires_at - now).total_seconds()
        )
    # A fragment stays in the browser: no server and no log sees the code.
    return SignInLink(path=f"/console#code={sealed.code}", expires_at=expires_at)


@post(
    "/sign-in",
    operation_id="signIn",
    dto=StrictBody[SignInCode],
    return_dto=None,
    tags=["sign-in"],
    status_code=200,
)
@raises(UnauthenticatedError, TransientError)
async def sign_in(services: Used, data: JSONBody[SignInCode]) -> Response[SignedIn]:
    """Exchange the code of a link for the token of the user who made the link."""
    async with services.database.transaction() as session:
        sealed = await session.sign_in_links.take(digest_of(data.code))
    token = None if sealed is None else unseal(data.code, sealed)
    if token is None:
        message = "This sign-in link was used or has expired; make a new one."
        raise UnauthenticatedError(message)
    return Response(SignedIn(access_token=token), headers={"Cache-Control": "no-store"})

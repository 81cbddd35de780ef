"""Guards: they decide who may call a route, before the body is read."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from captionacc_contracts.errors import TransientError
from captionacc_contracts.roles import Role
from captionacc_contracts.webhooks import SIGNATURE_HEADER
from captionacc_http.raises import raises
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from captionacc_webhook_gateway.errors import (
    ForbiddenError,
    TooManyRequestsError,
    UnauthenticatedError,
)
from captionacc_webhook_gateway.identity.user import Operator, User
from captionacc_webhook_gateway.identity.webhook_secret import (
    require_fresh_signature,
    require_signature,
    require_webhook_secret,
)
from captionacc_webhook_gateway.services import services_of

Connection = ASGIConnection[Any, Any, Any, Any]
UserRequest = Request[User, Any, Any]
"""A request behind a :class:`RoleGuard`."""
OperatorRequest = Request[Operator, Any, Any]
"""A request behind :func:`require_operator`."""

USER_SECURITY: Sequence[dict[str, list[str]]] = [{"userToken": []}]
"""How the API documentation describes the guards that read a user token."""
OPERATOR_SECURITY: Sequence[dict[str, list[str]]] = [{"operatorToken": []}]
"""How the API documentation describes :func:`require_operator`."""
READING_METHODS = frozenset({"GET", "HEAD"})


@raises(UnauthenticatedError, ForbiddenError, TooManyRequestsError, TransientError)
class RoleGuard(msgspec.Struct, frozen=True, kw_only=True):
    """Verifies the token, counts the tenant's request, and requires a role in the tenant.

    The guard sets ``request.user``. A route may have several guards; the highest role counts.
    ``token_in_query`` also accepts the token as the query parameter ``access_token``, for a
    browser's EventSource, which cannot send headers.
    """

    to_read: Role
    to_change: Role
    token_in_query: bool = False

    def role_for(self, method: str) -> Role:
        """Return the lowest role that may send a request with this method."""
        return self.to_read if method in READING_METHODS else self.to_change

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        user = await self._user_of(connection)
        # A web socket would have no method; this API has no web sockets.
        needed = self.role_for(connection.method if isinstance(connection, Request) else "GET")
        if not user.role.includes(needed):
            message = (
                f"This requires the role {needed}, and your role is {user.role}; ask an admin of "
                "your tenant for the role."
            )
            raise ForbiddenError(message)

    async def _user_of(self, connection: Connection) -> User:
        known = connection.scope.get("user")
        # An earlier guard of the same route has verified the token.
        if isinstance(known, User):
            return known
        authorization = connection.headers.get("authorization")
        if authorization is None and self.token_in_query:
            token = connection.query_params.get("access_token")
            authorization = f"Bearer {token}" if token else None
        services = services_of(connection)
        user = await services.verifier.user_of(authorization)
        await services.tenant_requests.spend(str(user.tenant_id))
        if isinstance(connection, Request) and connection.method not in READING_METHODS:
            await services.people.note(user)
        connection.scope["user"] = user
        return user


require_user = RoleGuard(to_read=Role.VIEWER, to_change=Role.ANNOTATOR)
"""Guard of user routes: everybody in the tenant may read, and annotators may change."""
require_stream_user = RoleGuard(to_read=Role.VIEWER, to_change=Role.ANNOTATOR, token_in_query=True)
"""Like :data:`require_user`, but also accept the token in the query."""


def require_role(role: Role) -> RoleGuard:
    """Return a guard that requires at least ``role``, whatever the method."""
    return RoleGuard(to_read=role, to_change=role)


@raises(UnauthenticatedError, ForbiddenError, TooManyRequestsError, TransientError)
async def require_operator(connection: Connection, _: BaseRouteHandler) -> None:
    """Guard of operators' routes: the token needs a claim that no tenant's admin has."""
    verifier = services_of(connection).verifier
    connection.scope["user"] = await verifier.operator_of(connection.headers.get("authorization"))


@raises(UnauthenticatedError)
async def require_database(connection: Connection, _: BaseRouteHandler) -> None:
    """Guard of the database's webhook: check its signature or, without one, the shared secret."""
    secrets = services_of(connection).webhook_secrets
    shown = connection.headers.get(SIGNATURE_HEADER)
    if shown is None or not isinstance(connection, Request):
        require_webhook_secret(connection.headers.get("authorization"), secrets)
        return
    signed_at = require_fresh_signature(shown, time.time())
    # The body's limit applies here too, and the route does not read the body again.
    require_signature(shown, await connection.body(), signed_at, secrets)

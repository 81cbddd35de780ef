"""Guards: they decide who may call a route, before the body is read."""

from collections.abc import Sequence
from typing import Any

from captionacc_contracts.errors import TransientError
from captionacc_http.raises import raises
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from captionacc_webhook_gateway.errors import ForbiddenError, UnauthenticatedError
from captionacc_webhook_gateway.identity.user import User
from captionacc_webhook_gateway.identity.webhook_secret import require_webhook_secret
from captionacc_webhook_gateway.services import services_of

Connection = ASGIConnection[Any, Any, Any, Any]
UserRequest = Request[User, Any, Any]
"""A request behind :func:`require_user` or :func:`require_stream_user`."""

USER_SECURITY: Sequence[dict[str, list[str]]] = [{"userToken": []}]
"""How the API documentation describes the two guards of user routes."""


@raises(UnauthenticatedError, ForbiddenError, TransientError)
async def require_user(connection: Connection, _: BaseRouteHandler) -> None:
    """Guard of user routes: verify the token and set ``request.user``."""
    await _identify(connection, connection.headers.get("authorization"))


@raises(UnauthenticatedError, ForbiddenError, TransientError)
async def require_stream_user(connection: Connection, _: BaseRouteHandler) -> None:
    """Like :func:`require_user`, but also accept the token in the query.

    A browser's EventSource cannot send headers.
    """
    authorization = connection.headers.get("authorization")
    if authorization is None and (token := connection.query_params.get("access_token")):
        authorization = f"Bearer {token}"
    await _identify(connection, authorization)


async def _identify(connection: Connection, authorization: str | None) -> None:
    verifier = services_of(connection).verifier
    connection.scope["user"] = await verifier.user_of(authorization)


@raises(UnauthenticatedError)
async def require_database(connection: Connection, _: BaseRouteHandler) -> None:
    """Guard of the database's webhook: check the shared secret."""
    require_webhook_secret(
        connection.headers.get("authorization"), services_of(connection).webhook_secrets
    )

"""The services that routes use, and the guards that decide who may call a route."""

import asyncio
from typing import Any

import msgspec
from captionacc_observability.health import Ping
from captionacc_supabase.database import Database
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import SkipValidation

from captionacc_webhook_gateway.identity.auth import (
    TokenVerifier,
    require_webhook_secret,
)
from captionacc_webhook_gateway.identity.tokens import User
from captionacc_webhook_gateway.launch import Launcher
from captionacc_webhook_gateway.live_events.event_feed import EventFeed, Wakes

UserRequest = Request[User, Any, Any]


# Process bursts a few at a time; running all at once would only make them compete for connections,
# with each other and with users.
WEBHOOKS_AT_ONCE = 8


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a running gateway works with."""

    database: Database
    launcher: Launcher
    verifier: TokenVerifier
    webhook_secrets: tuple[str, ...]
    wakes: Wakes
    feed: EventFeed
    pings: tuple[Ping, ...]
    webhook_turns: asyncio.Semaphore = msgspec.field(
        default_factory=lambda: asyncio.Semaphore(WEBHOOKS_AT_ONCE)
    )


Used = NamedDependency[SkipValidation[Services]]


def services_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Services:
    found: Services = connection.app.state.services
    return found


async def provide_services(request: Request[Any, Any, Any]) -> Services:
    return services_of(request)


async def require_user(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Guard of user routes: verify the token before the body is read, and set ``request.user``."""
    connection.scope["user"] = await services_of(connection).verifier.user_of(
        connection.headers.get("authorization")
    )


async def require_stream_user(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """Like :func:`require_user`, but also accept the token in the query.

    A browser's EventSource cannot send headers.
    """
    shown = connection.headers.get("authorization")
    if shown is None and (token := connection.query_params.get("access_token")):
        shown = f"Bearer {token}"
    connection.scope["user"] = await services_of(connection).verifier.user_of(shown)


async def require_database(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """Guard of the webhook: check the shared secret before the body is read."""
    require_webhook_secret(
        connection.headers.get("authorization"), services_of(connection).webhook_secrets
    )

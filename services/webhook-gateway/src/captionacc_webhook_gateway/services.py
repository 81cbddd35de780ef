"""What a running gateway works with, and how routes receive it."""

from typing import Any

import msgspec
from captionacc_launching.priority_service import KnownPolicy, Scores
from captionacc_observability.health import Readiness
from captionacc_supabase.database import Database
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from captionacc_webhook_gateway.encoded_pages import EncodedPages
from captionacc_webhook_gateway.identity.known_people import KnownPeople
from captionacc_webhook_gateway.identity.user_verifier import UserVerifier
from captionacc_webhook_gateway.launch import Launcher
from captionacc_webhook_gateway.live_events.event_feed import EventFeed
from captionacc_webhook_gateway.pictures.addresses import Addresses
from captionacc_webhook_gateway.pictures.table_reader import TableReader
from captionacc_webhook_gateway.request_limits.limiter import Limiter
from captionacc_webhook_gateway.uploading.uploader import Uploader
from captionacc_webhook_gateway.webhook_intake import WebhookIntake


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the routes of a running gateway work with."""

    verifier: UserVerifier
    people: KnownPeople
    webhook_secrets: tuple[str, ...]
    database: Database
    uploader: Uploader
    addresses: Addresses
    tables: TableReader
    launcher: Launcher
    intake: WebhookIntake
    feed: EventFeed
    pages: EncodedPages
    tenant_requests: Limiter
    address_requests: Limiter
    sign_in_links: Limiter
    trusts_fly_header: bool
    prefect_ui_url: str | None
    policy: KnownPolicy
    scores: Scores
    readiness: Readiness


Used = NamedDependency[SkipValidation[Services]]
"""Type of a route's parameter ``services``."""


def services_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Services:
    """Return the services of the application that handles the connection."""
    found: Services = connection.app.state.services
    return found


async def provide_services(request: Request[Any, Any, Any]) -> Services:
    """Provide the parameter ``services`` of routes."""
    return services_of(request)

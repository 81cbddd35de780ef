"""Builds the gateway's application from its settings."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
from captionacc_contracts.notifications import EVENTS_CHANNEL
from captionacc_http.compression import compress_answers
from captionacc_http.docs_page import DocsPage
from captionacc_http.edge.internal_port import only_on_port
from captionacc_http.edge.request_log import LABELS
from captionacc_http.edge.serving import with_edge
from captionacc_http.openapi import describe
from captionacc_http.strict_query import StrictQuery
from captionacc_http.struct_schemas import StructSchemas
from captionacc_http.swagger_page import SwaggerPage, schema_router
from captionacc_launching.priority_service import KnownPolicy, PriorityService
from captionacc_observability import metrics
from captionacc_observability.clock import SystemClock
from captionacc_observability.health import Readiness
from captionacc_supabase.connection.listener import listen
from captionacc_supabase.database import Database
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings
from captionacc_wasabi.store import StoreLimits
from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from captionacc_webhook_gateway.console_files import ConsoleFiles
from captionacc_webhook_gateway.encoded_pages import EncodedPages
from captionacc_webhook_gateway.identity.key_set import KeySet
from captionacc_webhook_gateway.identity.known_people import KnownPeople
from captionacc_webhook_gateway.identity.user_verifier import UserVerifier
from captionacc_webhook_gateway.launch import Launcher
from captionacc_webhook_gateway.live_events.event_feed import EventFeed
from captionacc_webhook_gateway.live_events.poll import polling
from captionacc_webhook_gateway.live_events.wakes import Wakes
from captionacc_webhook_gateway.pictures.addresses import Addresses
from captionacc_webhook_gateway.pictures.table_reader import TableReader
from captionacc_webhook_gateway.prefect_client import PrefectApi
from captionacc_webhook_gateway.problems import EXCEPTION_HANDLERS, status_of
from captionacc_webhook_gateway.request_limits.addresses import limit_addresses
from captionacc_webhook_gateway.request_limits.limiter import Limiter, Rate
from captionacc_webhook_gateway.request_limits.stored_budgets import StoredBudgets
from captionacc_webhook_gateway.routes.captions.exports import EXPORT_ROUTES
from captionacc_webhook_gateway.routes.captions.router import CAPTION_ROUTES
from captionacc_webhook_gateway.routes.captions.versions import CAPTION_VERSION_ROUTES
from captionacc_webhook_gateway.routes.console import console_routes
from captionacc_webhook_gateway.routes.events import events
from captionacc_webhook_gateway.routes.front_page import front_page, tab_icon
from captionacc_webhook_gateway.routes.operations import live, metrics_text, ready
from captionacc_webhook_gateway.routes.operators import OPERATOR_ROUTES
from captionacc_webhook_gateway.routes.sign_in import create_sign_in_link, sign_in
from captionacc_webhook_gateway.routes.together.comments import COMMENT_ROUTES
from captionacc_webhook_gateway.routes.together.people import people
from captionacc_webhook_gateway.routes.together.reviews import REVIEW_ROUTES
from captionacc_webhook_gateway.routes.together.visits import VISIT_ROUTES
from captionacc_webhook_gateway.routes.usage import forecast, usage
from captionacc_webhook_gateway.routes.videos.pictures import PICTURE_ROUTES
from captionacc_webhook_gateway.routes.videos.router import VIDEO_ROUTES
from captionacc_webhook_gateway.routes.videos.uploads import UPLOAD_ROUTES
from captionacc_webhook_gateway.routes.webhooks import supabase_videos
from captionacc_webhook_gateway.services import Services, provide_services
from captionacc_webhook_gateway.settings import GatewaySettings
from captionacc_webhook_gateway.uploading.uploader import Uploader, UploadLimits
from captionacc_webhook_gateway.webhook_intake import WebhookIntake

NAME = "captionacc-webhook-gateway"
# The largest body names 20,000 captions, which takes 400 KB at most.
BODY_LIMIT_BYTES = 1024 * 1024
# Bounds the requests that set no shorter limit, such as Prefect's readiness check.
HTTP_TIMEOUT_S = 5.0
# Shorter than client time-outs, so a busy database yields a 503 instead of a hang.
POOL_WAIT_S = 2.0
# A person waits for these requests. Joining a thousand parts takes the store some seconds.
STORE_LIMITS = StoreLimits(connect_s=3.0, read_s=30.0, attempts=3, small_operation_s=45.0)
# A user who signs in on some machines needs a few links; a script with the user's token must not
# fill the table, whose rows last ten minutes.
SIGN_IN_LINKS = Rate(per_second=0.2, burst=60)
# What an internal port takes off the public port.
OPERATORS_PATHS = ("/metrics", "/schema")
DOCUMENTATION = "/schema"
SECONDS = metrics.Histogram(
    "captionacc_gateway_request_seconds",
    "Time until the answer was sent, or until an event stream began",
    LABELS,
)


def create_app(
    settings: GatewaySettings, store: StoreSettings, wakes: Wakes | None = None
) -> Litestar:
    """Build the ASGI application, which connects when it starts.

    Args:
        settings: The settings of the gateway.
        store: Where the object store is.
        wakes: Wakes the event streams; a caller that passes its own can end the streams.
    """
    console = _console(settings, store)
    leads_to = DOCUMENTATION if console is None else console.path
    app = Litestar(
        route_handlers=[
            supabase_videos,
            VIDEO_ROUTES,
            CAPTION_ROUTES,
            CAPTION_VERSION_ROUTES,
            EXPORT_ROUTES,
            UPLOAD_ROUTES,
            PICTURE_ROUTES,
            VISIT_ROUTES,
            REVIEW_ROUTES,
            COMMENT_ROUTES,
            people,
            events,
            usage,
            forecast,
            OPERATOR_ROUTES,
            live,
            ready,
            metrics_text,
            create_sign_in_link,
            sign_in,
            front_page(leads_to),
            tab_icon,
            *([] if console is None else [console]),
        ],
        lifespan=[_connections(settings, store, wakes or Wakes(settings.event_stream_limit))],
        dependencies={"services": Provide(provide_services)},
        middleware=[limit_addresses, compress_answers],
        before_request=StrictQuery(),
        plugins=[StructSchemas()],
        exception_handlers=dict(EXCEPTION_HANDLERS),
        request_max_body_size=BODY_LIMIT_BYTES,
        cors_config=_cors(settings.allowed_origins),
        openapi_config=_openapi(),
        logging_config=None,
    )
    if settings.internal_port is not None:
        # The front page is where it leads to.
        hidden = (*OPERATORS_PATHS, *(["/"] if console is None else []))
        app.asgi_handler = only_on_port(app.asgi_handler, settings.internal_port, hidden)
    return with_edge(describe(app, status_of), SECONDS)


def _console(settings: GatewaySettings, store: StoreSettings) -> Router | None:
    """Return the routes of the console, if it was built."""
    if settings.console_directory is None:
        return None
    return console_routes(
        ConsoleFiles(
            directory=Path(settings.console_directory), store_url=store.browser_endpoint_url
        )
    )


def _connections(
    settings: GatewaySettings, store_settings: StoreSettings, wakes: Wakes
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Return a lifespan that opens the connections at start and closes them at shutdown."""

    @asynccontextmanager
    async def connected(app: Litestar) -> AsyncIterator[None]:
        clock = SystemClock()
        database = await Database.connect(
            settings.supabase_db_url,
            application_name=NAME,
            pooled=settings.supabase_db_pooled,
            acquire_timeout_s=POOL_WAIT_S,
        )
        try:
            async with (
                httpx.AsyncClient(timeout=HTTP_TIMEOUT_S) as client,
                listen(settings.listen_url, [EVENTS_CHANNEL], wakes.wake, application_name=NAME),
                open_store(store_settings, limits=STORE_LIMITS) as store,
            ):
                prefect = PrefectApi(
                    settings.prefect_api_url, client, settings.prefect_api_auth_string
                )
                priority = PriorityService(
                    client, settings.priority_url, settings.priority_timeout_s
                )
                budgets = StoredBudgets(database)
                launcher = Launcher(database, priority, prefect)
                app.state.services = Services(
                    database=database,
                    uploader=Uploader(database, store, _upload_limits(settings), clock),
                    addresses=Addresses(store, clock, settings.presigned_s),
                    tables=TableReader(store),
                    launcher=launcher,
                    intake=WebhookIntake(database, launcher),
                    verifier=_user_verifier(settings, client),
                    people=KnownPeople(database),
                    webhook_secrets=settings.webhook_secrets,
                    feed=EventFeed(database, wakes, clock),
                    pages=EncodedPages(),
                    tenant_requests=Limiter("tenant", settings.tenant_rate, budgets),
                    address_requests=Limiter("address", settings.address_rate, budgets),
                    sign_in_links=Limiter("user", SIGN_IN_LINKS, budgets),
                    trusts_fly_header=settings.trust_fly_client_ip,
                    prefect_ui_url=settings.prefect_ui_url,
                    policy=KnownPolicy(priority, database),
                    scores=priority,
                    readiness=Readiness(needed=[database], with_fallback=[prefect, priority]),
                )
                async with polling(database, wakes):
                    yield
        finally:
            await database.close()

    return connected


def _upload_limits(settings: GatewaySettings) -> UploadLimits:
    return UploadLimits(
        most_bytes=settings.upload_max_bytes,
        kept_s=settings.upload_expires_s,
        addresses_s=settings.presigned_s,
    )


def _user_verifier(settings: GatewaySettings, client: httpx.AsyncClient) -> UserVerifier:
    url = settings.supabase_jwks_url
    return UserVerifier(
        secret=settings.supabase_jwt_secret,
        key_set=None if url is None else KeySet(url, client),
        issuer=settings.supabase_jwt_issuer,
        audience=settings.supabase_jwt_audience,
    )


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="CaptionA.cc gateway",
        version="1",
        description="Videos, captions and live events for the web app.",
        openapi_router=schema_router(),
        render_plugins=[SwaggerPage(), DocsPage(path="/plain")],
        components=Components(
            security_schemes={
                "userToken": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT"),
                "operatorToken": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    bearer_format="JWT",
                    description="A user token whose `app_metadata.operator` is true.",
                ),
                "webhookSecret": SecurityScheme(type="http", scheme="bearer"),
            }
        ),
    )


def _cors(origins: list[str]) -> CORSConfig | None:
    if not origins:
        return None
    return CORSConfig(
        allow_origins=origins,
        allow_methods=["DELETE", "GET", "PATCH", "POST", "PUT"],
        allow_headers=[
            "authorization",
            "content-type",
            "if-match",
            "if-none-match",
            "last-event-id",
        ],
        expose_headers=["etag", "link", "location", "retry-after", "x-request-id"],
    )

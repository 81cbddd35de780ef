"""Builds the priority service's application from its policy and a clock."""

from captionacc_contracts.work.priority import PriorityPolicy
from captionacc_http.docs_page import DocsPage
from captionacc_http.edge.request_log import LABELS
from captionacc_http.edge.serving import with_edge
from captionacc_http.openapi import describe
from captionacc_http.strict_query import StrictQuery
from captionacc_http.struct_schemas import StructSchemas
from captionacc_http.swagger_page import SwaggerPage, schema_router
from captionacc_observability import metrics
from captionacc_observability.clock import Clock, SystemClock
from litestar import Litestar
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig

from captionacc_priority.problems import EXCEPTION_HANDLERS, status_of
from captionacc_priority.routes import ROUTES

BODY_LIMIT_BYTES = 4 * 1024 * 1024
SECONDS = metrics.Histogram(
    "captionacc_priority_request_seconds", "Time until the answer was sent", LABELS
)


def create_app(policy: PriorityPolicy, clock: Clock | None = None) -> Litestar:
    """Build the ASGI application. ``clock`` defaults to the system clock."""
    used_clock: Clock = clock or SystemClock()
    app = Litestar(
        route_handlers=ROUTES,
        dependencies={
            "policy": Provide(lambda: policy, sync_to_thread=False),
            "clock": Provide(lambda: used_clock, sync_to_thread=False),
        },
        before_request=StrictQuery(),
        plugins=[StructSchemas()],
        exception_handlers=dict(EXCEPTION_HANDLERS),
        request_max_body_size=BODY_LIMIT_BYTES,
        openapi_config=OpenAPIConfig(
            title="CaptionA.cc priority",
            version="1",
            description="Scores and ranks waiting jobs.",
            openapi_router=schema_router(),
            render_plugins=[SwaggerPage(), DocsPage(path="/plain")],
        ),
        logging_config=None,
    )
    return with_edge(describe(app, status_of), SECONDS)

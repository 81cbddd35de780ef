"""Probes and metrics."""

from captionacc_http.raises import raises
from captionacc_observability import metrics
from captionacc_observability.health import HealthReport
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec

from captionacc_webhook_gateway.services import Used


@get("/health/live", operation_id="getLiveness", sync_to_thread=False, tags=["operations"])
@raises()
def live() -> dict[str, str]:
    """Report that the process runs."""
    return {"status": "ok"}


@get(
    "/health/ready",
    operation_id="getReadiness",
    tags=["operations"],
    responses={
        503: ResponseSpec(HealthReport, description="A service does not answer; see `checks`.")
    },
)
@raises()
async def ready(services: Used) -> Response[HealthReport]:
    """Report whether the gateway can serve: it needs Postgres.

    ``degraded`` names other services that do not answer. The gateway accepts work without them.
    """
    report = await services.readiness.report()
    return Response(report, status_code=200 if report.ok else 503)


@get("/metrics", include_in_schema=False, sync_to_thread=False)
def metrics_text() -> Response[bytes]:
    """Return the metrics in Prometheus's text format."""
    body, content_type = metrics.exposition()
    # Litestar adds the charset itself.
    return Response(body, media_type=content_type.removesuffix("; charset=utf-8"))

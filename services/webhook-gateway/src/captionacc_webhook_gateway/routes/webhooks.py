"""``POST /webhooks/supabase/videos``: a video was inserted."""

from captionacc_contracts.api import WebhookAccepted, WebhookIgnored
from captionacc_contracts.errors import ErrorReport, PermanentError
from captionacc_contracts.jobs import JobKind
from captionacc_contracts.states import VideoStatus
from captionacc_contracts.webhooks import WebhookEvent
from captionacc_http.strict_body import StrictBody
from captionacc_observability import metrics
from captionacc_observability.logging import get_logger
from captionacc_supabase.rows import Job, Video
from litestar import Response, post
from litestar.params import JSONBody

from captionacc_webhook_gateway import admission
from captionacc_webhook_gateway.dependencies import Services, Used, require_database
from captionacc_webhook_gateway.launch import Order

BODY_LIMIT_BYTES = 1024 * 1024
WEBHOOKS = metrics.Counter("captionacc_gateway_webhooks", "Webhooks", ["outcome"])

_log = get_logger(__name__)


@post(
    "/webhooks/supabase/videos",
    dto=StrictBody[WebhookEvent],
    return_dto=None,
    guards=[require_database],
    request_max_body_size=BODY_LIMIT_BYTES,
    status_code=202,
    tags=["webhooks"],
    security=[{"webhookSecret": []}],
)
async def supabase_videos(
    data: JSONBody[WebhookEvent], services: Used
) -> Response[WebhookAccepted | WebhookIgnored]:
    """Start the first job of an inserted video; the row is read again, the body only hints.

    202 once the job is stored, 200 when the webhook asks for nothing or for an upload that lies
    outside its tenant's prefix, whose video is then in error. A repeat gets the same run.
    """
    admitted = admission.admit_webhook(data)
    if isinstance(admitted, admission.Ignored):
        return _ignored(admitted.reason)
    async with services.database.transaction() as session:
        video = await session.videos.get(admitted.id)
        tenant = None if video is None else await session.tenants.get(video.tenant_id)
        earlier = (
            None
            if video is None or video.status is VideoStatus.UPLOADED
            else await session.jobs.latest(video.id, JobKind.VIDEO_INITIAL_PROCESSING)
        )
    if video is None or tenant is None:
        return _ignored("there is no such video")
    if earlier is not None:
        return _accepted(await services.launcher.with_flow_run(earlier))
    try:
        parameters = admission.initial_processing(video)
    except PermanentError as error:
        return await _refused(services, video, error)
    order = Order(video=video, tier=tenant.tier, parameters=parameters)
    return _accepted(await services.launcher.launch(order))


async def _refused(
    services: Services, video: Video, error: PermanentError
) -> Response[WebhookAccepted | WebhookIgnored]:
    """Show on the video why nothing starts; the sender of a webhook reads no answers."""
    report = ErrorReport(
        code=error.code, message=error.message, stage=JobKind.VIDEO_INITIAL_PROCESSING.value
    )
    async with services.database.transaction() as session:
        await session.statuses.set_video(video.id, VideoStatus.ERROR, report)
    return _ignored(error.message)


def _ignored(reason: str) -> Response[WebhookAccepted | WebhookIgnored]:
    WEBHOOKS.labels("ignored").inc()
    _log.info("webhook_ignored", reason=reason)
    return Response(WebhookIgnored(reason=reason), status_code=200)


def _accepted(job: Job) -> Response[WebhookAccepted | WebhookIgnored]:
    WEBHOOKS.labels("accepted").inc()
    return Response(
        WebhookAccepted(flow_run_id=job.flow_run_id, video_id=job.video_id, priority=job.priority),
        status_code=202,
    )

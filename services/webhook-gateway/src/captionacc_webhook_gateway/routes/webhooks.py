"""``POST /webhooks/supabase/videos``: a video was inserted."""

from captionacc_contracts.api import WebhookAccepted, WebhookIgnored
from captionacc_contracts.errors import TransientError
from captionacc_contracts.webhooks import WebhookEvent
from captionacc_http.raises import raises
from captionacc_http.strict_body import StrictBody
from captionacc_observability import metrics
from captionacc_observability.logging import get_logger
from litestar import Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from captionacc_webhook_gateway.admission import Ignored, admit_webhook
from captionacc_webhook_gateway.routes.guards import require_database
from captionacc_webhook_gateway.services import Used

# A webhook holds one row, which takes a few KB.
BODY_LIMIT_BYTES = 1024 * 1024
WEBHOOKS = metrics.Counter("captionacc_gateway_webhooks", "Webhooks", ["outcome"])

_log = get_logger(__name__)


@post(
    "/webhooks/supabase/videos",
    operation_id="receiveVideoWebhook",
    dto=StrictBody[WebhookEvent],
    return_dto=None,
    guards=[require_database],
    request_max_body_size=BODY_LIMIT_BYTES,
    status_code=202,
    tags=["webhooks"],
    security=[{"webhookSecret": []}],
    responses={
        200: ResponseSpec(
            WebhookIgnored, description="The webhook starts nothing.", generate_examples=False
        )
    },
)
@raises(TransientError)
async def supabase_videos(
    data: JSONBody[WebhookEvent], services: Used
) -> Response[WebhookAccepted | WebhookIgnored]:
    """Start the first job of an inserted video. The row counts; the body only names the video.

    Answers 202 when the job is stored. Answers 200 when the webhook starts nothing, which includes
    an upload outside its tenant's prefix; the video of such an upload is in error afterwards.
    A repeated webhook gets the same run.
    """
    record = admit_webhook(data)
    found = record if isinstance(record, Ignored) else await services.intake.accept(record.id)
    if isinstance(found, Ignored):
        WEBHOOKS.labels("ignored").inc()
        _log.info("webhook_ignored", reason=found.reason)
        return Response(WebhookIgnored(reason=found.reason), status_code=200)
    WEBHOOKS.labels("accepted").inc()
    accepted = WebhookAccepted(
        flow_run_id=found.flow_run_id, video_id=found.video_id, priority=found.priority
    )
    return Response(accepted, status_code=202)

"""``POST /webhooks/supabase/videos``: a video was inserted."""

import asyncio
from uuid import UUID

from captionacc_contracts.api import WebhookAccepted, WebhookIgnored
from captionacc_contracts.errors import (
    ErrorCode,
    PermanentError,
    TransientError,
)
from captionacc_contracts.webhooks import WebhookEvent
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.states import VideoStatus
from captionacc_http.strict_body import StrictBody
from captionacc_launching.uploads import first_job, refuse_upload
from captionacc_observability import metrics
from captionacc_observability.logging import get_logger
from captionacc_supabase.rows import Job
from litestar import Response, post
from litestar.params import JSONBody

from captionacc_webhook_gateway import admission
from captionacc_webhook_gateway.dependencies import (
    Services,
    Used,
    require_database,
)

# The sender waits 5 s and never repeats a webhook, so the gateway answers earlier: with a 503 when
# nothing was stored, and without a flow run when there is not enough time to make one.
ANSWER_WITHIN_S = 4.5
ACCEPT_WITHIN_S = 4.0
# Give up on the semaphore after this; later starts could not finish in time.
TURN_WITHIN_S = 2.5
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
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(ACCEPT_WITHIN_S):
            async with asyncio.timeout(TURN_WITHIN_S):
                await services.webhook_turns.acquire()
            try:
                accepted = await _accept(services, admitted.id)
            finally:
                services.webhook_turns.release()
    except TimeoutError as error:
        raise TransientError(
            ErrorCode.DATABASE_UNAVAILABLE, "The webhook could not be stored in time."
        ) from error
    if isinstance(accepted, admission.Ignored):
        return _ignored(accepted.reason)
    job = await services.launcher.with_flow_run(
        accepted, within_s=ANSWER_WITHIN_S - (loop.time() - began)
    )
    WEBHOOKS.labels("accepted").inc()
    return Response(
        WebhookAccepted(flow_run_id=job.flow_run_id, video_id=job.video_id, priority=job.priority),
        status_code=202,
    )


async def _accept(services: Services, video_id: UUID) -> Job | admission.Ignored:
    """Store the first job of the video and return it."""
    earlier = None
    async with services.database.autocommit() as session:
        found = await session.videos.with_tier(video_id)
        if found is not None and found[0].status is not VideoStatus.UPLOADED:
            earlier = await session.jobs.latest(video_id, JobKind.VIDEO_INITIAL_PROCESSING)
    if found is None:
        return admission.Ignored(reason="there is no such video")
    if earlier is not None:
        return earlier
    video, tier = found
    try:
        parameters = first_job(video)
    except PermanentError as error:
        await refuse_upload(services.database, video, error)
        return admission.Ignored(reason=error.message)
    return await services.launcher.accept(services.launcher.order(video, tier, parameters))


def _ignored(reason: str) -> Response[WebhookAccepted | WebhookIgnored]:
    WEBHOOKS.labels("ignored").inc()
    _log.info("webhook_ignored", reason=reason)
    return Response(WebhookIgnored(reason=reason), status_code=200)

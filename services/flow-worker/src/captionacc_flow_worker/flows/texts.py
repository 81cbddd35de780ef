"""Steps that the two flows which read captions share."""

from collections.abc import Mapping

from captionacc_contracts import object_keys
from captionacc_contracts.frames.tracks import FIRST_TRACK
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import CaptionOcrResult, CaptionsOcrResult, OcrText
from captionacc_supabase import publication

from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.publishing import publish
from captionacc_flow_worker.attempt.snapshot import store_captions
from captionacc_flow_worker.orchestration.shown.artifacts import show_texts


def chunks_prefix(context: JobContext, version: int, track: int = FIRST_TRACK) -> str:
    """Where the chunks of a track of this version of the job's video are stored."""
    job = context.job
    return object_keys.chunks_prefix(TenantId(job.tenant_id), VideoId(job.video_id), version, track)


async def publish_texts(
    context: JobContext,
    texts: Mapping[int, OcrText],
    result: CaptionOcrResult | CaptionsOcrResult,
) -> None:
    """Publish the texts by caption id, then store the snapshot and show the texts in Prefect.

    Raises:
        TransientError: ``lease_lost`` when this worker no longer holds the job.
    """
    await publish(
        context,
        lambda session: publication.publish_caption_texts(session, context.lease, texts, result),
    )
    await store_captions(context)
    show_texts(context.account, texts, result)

"""Reads the text of one caption."""

from typing import Any
from uuid import UUID

from captionacc_contracts import object_keys
from captionacc_contracts.frames.geometry import FrameRange
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import (
    CaptionOcrRequest,
    CaptionOcrResult,
    OcrText,
)
from captionacc_contracts.work.flows import FlowName
from captionacc_contracts.work.jobs import CaptionOcr
from captionacc_supabase import publication
from prefect import flow
from prefect.client.schemas.objects import State

from captionacc_flow_worker.attempt.compute_step import compute, keyed
from captionacc_flow_worker.attempt.flow_body import run_steps
from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.publishing import (
    captions_by_id,
    parameters_as,
    publish,
    result_as,
)
from captionacc_flow_worker.attempt.snapshot import store_captions
from captionacc_flow_worker.orchestration.artifacts import show_texts


@flow(
    name=FlowName.CAPTION_OCR.value,
    description=__doc__,
    persist_result=False,
)
async def caption_ocr(job_id: UUID, video_id: UUID, tenant_id: UUID) -> State[Any]:  # noqa: ARG001  shown in Prefect; the row is the truth
    return await run_steps(_steps)


async def _steps(context: JobContext) -> str:
    parameters = parameters_as(context, CaptionOcr)
    [caption] = await captions_by_id(
        context, [parameters.caption_id], parameters.cropped_frames_version
    )
    extent = FrameRange.from_inclusive(caption.start_frame, caption.end_frame)
    request = keyed(
        context,
        CaptionOcrRequest(
            chunks_prefix=object_keys.chunks_prefix(
                TenantId(context.job.tenant_id),
                VideoId(context.job.video_id),
                parameters.cropped_frames_version,
            ),
            start_frame=extent.start_frame,
            end_frame=extent.end_frame,
            language=parameters.language,
        ),
    )
    result = result_as(await compute(context, request), CaptionOcrResult)
    texts = {caption.id: OcrText(text=result.ocr_text, confidence=result.confidence)}
    await publish(
        context,
        lambda session: publication.publish_caption_texts(session, context.lease, texts, result),
    )
    await store_captions(context)
    await show_texts(context.services.starts, texts, result)
    return "Read the text of one caption."

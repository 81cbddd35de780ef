"""Reads the text of one caption."""

from captionacc_contracts.frames.geometry import FrameRange
from captionacc_contracts.work.compute import CaptionOcrRequest, CaptionOcrResult, OcrText
from captionacc_contracts.work.flows import FlowName
from captionacc_contracts.work.jobs import CaptionOcr

from captionacc_flow_worker.attempt.compute_step import compute, keyed
from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.publishing import captions_by_id, parameters_as, result_as
from captionacc_flow_worker.flows.job_flow import job_flow
from captionacc_flow_worker.flows.texts import chunks_prefix, publish_texts


async def _steps(context: JobContext) -> str:
    parameters = parameters_as(context, CaptionOcr)
    [caption] = await captions_by_id(
        context, [parameters.caption_id], parameters.cropped_frames_version
    )
    extent = FrameRange.from_inclusive(caption.start_frame, caption.end_frame)
    request = keyed(
        context,
        CaptionOcrRequest(
            chunks_prefix=chunks_prefix(context, parameters.cropped_frames_version, caption.track),
            start_frame=extent.start_frame,
            end_frame=extent.end_frame,
            language=parameters.language,
        ),
    )
    result = result_as(await compute(context, request), CaptionOcrResult)
    texts = {caption.id: OcrText(text=result.ocr_text, confidence=result.confidence)}
    await publish_texts(context, texts, result)
    return "Read the text of one caption."


caption_ocr = job_flow(FlowName.CAPTION_OCR, __doc__, _steps)

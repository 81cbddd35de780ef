"""Reads the text of many captions of one video in one call."""

import msgspec
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.frames.tracks import TrackRange
from captionacc_contracts.work.compute import CaptionsOcrRequest, CaptionsOcrResult
from captionacc_contracts.work.flows import FlowName
from captionacc_contracts.work.jobs import CaptionsOcr
from captionacc_supabase.rows import Caption

from captionacc_flow_worker.attempt.compute_step import compute, keyed
from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.publishing import captions_by_id, parameters_as, result_as
from captionacc_flow_worker.flows.job_flow import job_flow
from captionacc_flow_worker.flows.texts import chunks_prefix, publish_texts


def _range_of(caption: Caption) -> TrackRange:
    frames = TrackRange.from_inclusive(caption.start_frame, caption.end_frame)
    return msgspec.structs.replace(frames, track=caption.track)


async def _steps(context: JobContext) -> str:
    parameters = parameters_as(context, CaptionsOcr)
    captions = await captions_by_id(
        context, parameters.caption_ids, parameters.cropped_frames_version
    )
    request = keyed(
        context,
        CaptionsOcrRequest(
            chunks_prefix=chunks_prefix(context, parameters.cropped_frames_version),
            ranges=[_range_of(caption) for caption in captions],
            language=parameters.language,
        ),
    )
    result = result_as(await compute(context, request), CaptionsOcrResult)
    if len(result.texts) != len(captions):
        raise TransientError(
            ErrorCode.RESULT_INCOMPLETE,
            f"{len(captions)} captions were sent, but {len(result.texts)} texts came back.",
        )
    texts = {caption.id: text for caption, text in zip(captions, result.texts, strict=True)}
    await publish_texts(context, texts, result)
    return f"Read the text of {len(texts)} captions."


captions_ocr = job_flow(FlowName.CAPTIONS_OCR, __doc__, _steps)

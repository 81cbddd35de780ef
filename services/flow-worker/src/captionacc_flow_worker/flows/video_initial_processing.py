"""Samples frames of an upload, reads their text and suggests where the captions sit."""

from captionacc_contracts import object_keys
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import ExtractRequest, ExtractResult
from captionacc_contracts.work.flows import FlowName
from captionacc_contracts.work.jobs import InitialProcessing
from captionacc_supabase import publication

from captionacc_flow_worker.attempt.compute_step import compute, keyed, require_objects
from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.publishing import parameters_as, publish, result_as
from captionacc_flow_worker.flows.job_flow import job_flow
from captionacc_flow_worker.orchestration.shown.artifacts import show_extraction


async def _steps(context: JobContext) -> str:
    parameters = parameters_as(context, InitialProcessing)
    tenant, video = TenantId(context.job.tenant_id), VideoId(context.job.video_id)
    await _check_size(context, parameters.video_key)
    request = keyed(
        context,
        ExtractRequest(
            video_key=parameters.video_key,
            tenant_id=tenant,
            video_id=video,
            language=parameters.language,
        ),
    )
    result = result_as(await compute(context, request), ExtractResult)
    await require_objects(
        context,
        request,
        [result.raw_ocr_key, result.layout_key, object_keys.full_frame(tenant, video, 0)],
    )
    await publish(
        context, lambda session: publication.publish_extract(session, context.lease, result)
    )
    await show_extraction(context.account, context.services.store, context.job, result)
    return (
        f"Found {_places(result)} in {result.full_frame_count} frames with {result.ocr_box_count} "
        "boxes."
    )


async def _check_size(context: JobContext, video_key: str) -> None:
    """Put the size of the upload's object into the row, whatever the client said."""
    context.enter_stage("check_upload")
    upload = await context.services.store.stat(video_key)
    # The compute call says that the upload is missing.
    if upload is not None:
        async with context.services.database.transaction() as session:
            await session.videos.set_size(context.lease, context.job.video_id, upload.size_bytes)


def _places(result: ExtractResult) -> str:
    if result.suggested_crop_region is None:
        return "no captions"
    count = len(result.suggested_tracks)
    return f"{count} tracks" if count > 1 else "a crop region"


video_initial_processing = job_flow(FlowName.VIDEO_INITIAL_PROCESSING, __doc__, _steps)

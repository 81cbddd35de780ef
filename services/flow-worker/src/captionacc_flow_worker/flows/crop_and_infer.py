"""Crops every frame to the approved regions, encodes chunks and finds the captions' extents."""

from captionacc_contracts import object_keys
from captionacc_contracts.frames.extents import ExtentKind
from captionacc_contracts.frames.frame_index import CROPPED_FRAME_RATE
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import CropInferRequest, CropInferResult
from captionacc_contracts.work.flows import FlowName
from captionacc_contracts.work.jobs import CropAndInfer
from captionacc_supabase import publication

from captionacc_flow_worker.attempt.compute_step import compute, keyed, require_objects
from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.publishing import parameters_as, publish, result_as
from captionacc_flow_worker.attempt.snapshot import store_captions
from captionacc_flow_worker.flows.job_flow import job_flow
from captionacc_flow_worker.orchestration.shown.artifacts import show_extents


async def _steps(context: JobContext) -> str:
    parameters = parameters_as(context, CropAndInfer)
    tenant, video = TenantId(context.job.tenant_id), VideoId(context.job.video_id)
    context.enter_stage("allocate_version")
    async with context.services.database.transaction() as session:
        version = await session.versions.allocate(context.lease, parameters.tracks)
    request = keyed(
        context,
        CropInferRequest(
            video_key=parameters.video_key,
            tenant_id=tenant,
            video_id=video,
            crop_region=parameters.crop_region,
            frame_rate=CROPPED_FRAME_RATE,
            cropped_frames_version=version,
            direction=parameters.direction,
            other_tracks=parameters.other_tracks,
        ),
    )
    result = result_as(await compute(context, request), CropInferResult)
    await require_objects(
        context,
        request,
        [
            key
            for made in result.tracks
            for key in (object_keys.manifest(made.cropped_frames_prefix), made.extents_key)
        ],
    )
    await publish(
        context, lambda session: publication.publish_extents(session, context.lease, result)
    )
    await store_captions(context)
    show_extents(context.account, result)
    captions = sum(
        extent.kind is ExtentKind.CAPTION for made in result.tracks for extent in made.extents
    )
    places = "" if len(result.tracks) == 1 else f" on {len(result.tracks)} tracks"
    return f"Found {captions} captions{places} in {result.frame_count} frames (version {version})."


crop_and_infer = job_flow(FlowName.CROP_AND_INFER, __doc__, _steps)

"""Crop a video to its captions, encode the chunks, and find where captions begin and end."""

import asyncio
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.extents import PairLabel, PairResult, tiles
from captionacc_contracts.frames.frame_index import CROPPED_FRAME_RATE
from captionacc_contracts.frames.manifest import ManifestChunk
from captionacc_contracts.sqlite_files import extents as extents_file
from captionacc_contracts.work.compute import CropInferRequest, CropInferResult, Progress
from captionacc_extents.inference import ExtentsInference, ExtentsOutcome
from captionacc_extents.network.network import ExtentsNetwork
from captionacc_media.cropping.cropped_frames import CroppedFrames, crop_and_feed
from captionacc_media.cropping.manifest_file import manifest_bytes
from captionacc_media.frames.container import open_video
from captionacc_wasabi.store import ObjectStore

from captionacc_modal.bounded_concurrency import map_bounded
from captionacc_modal.measuring import StageClock
from captionacc_modal.stoppable_thread import ReportProgress, run_stoppable

_UPLOADS_AT_ONCE = 8
"""Chunks are small, so most of the time of an upload is waiting for the store."""


async def run(
    request: CropInferRequest,
    *,
    store: ObjectStore,
    network: ExtentsNetwork,
    progress: ReportProgress,
    threads: int = 1,
) -> CropInferResult:
    """Write chunks, pair predictions and, last, the manifest to the store.

    A version of cropped frames that has a manifest is complete.

    Args:
        request: Names the video, the crop region and the version of cropped frames.
        store: Has the video and gets the files.
        network: The extents model.
        progress: Called in another thread.
        threads: For the decoder of the video and for the model, each.

    Raises:
        PermanentError: The video cannot be used, its key belongs to another tenant, or the
            extents do not cover all frames.
        TransientError: The store did not answer.
    """
    object_keys.require_under_tenant(request.video_key, request.tenant_id)
    if request.frame_rate != CROPPED_FRAME_RATE:
        raise PermanentError(
            ErrorCode.FRAME_RANGE_INVALID,
            f"Cropped frames are taken at {CROPPED_FRAME_RATE:g} Hz, not at "
            f"{request.frame_rate:g} Hz.",
        )
    clock = StageClock()
    started_at = datetime.now(UTC)
    prefix = object_keys.chunks_prefix(
        request.tenant_id, request.video_id, request.cropped_frames_version
    )
    with tempfile.TemporaryDirectory(prefix="captionacc-crop-") as directory:
        video, chunks = Path(directory, "video"), Path(directory, "chunks")
        with clock.stage("download"):
            await store.get_to_file(request.video_key, video)

        def work(report: ReportProgress) -> tuple[CroppedFrames, ExtentsOutcome]:
            return _crop_and_infer(request, video, chunks, network, threads, report)

        with clock.stage("crop_and_infer"):
            cropped, outcome = await run_stoppable(work, progress)
        manifest = cropped.manifest
        if not tiles(outcome.extents, manifest.frame_count):
            raise PermanentError(
                ErrorCode.RESULT_INCOMPLETE,
                f"The extents do not cover the {manifest.frame_count} frames of the video.",
            )
        uploaded = 0

        async def upload(chunk: ManifestChunk) -> None:
            nonlocal uploaded
            await store.put_file(
                prefix + chunk.path, chunks / chunk.path, content_type="video/webm"
            )
            uploaded += 1
            progress(Progress(stage="upload", done=uploaded, total=len(manifest.chunks)))

        with clock.stage("upload"):
            await map_bounded(upload, manifest.chunks, at_once=_UPLOADS_AT_ONCE)
            extents_key = object_keys.extents_db(
                request.tenant_id, request.video_id, request.cropped_frames_version
            )
            run_metadata = extents_file.RunMetadata(
                run_id=uuid4(),
                cropped_frames_version=request.cropped_frames_version,
                model_version=outcome.model_version,
                started_at=started_at,
                completed_at=datetime.now(UTC),
                total_pairs=len(outcome.pairs),
                processing_time_seconds=clock.seconds["crop_and_infer"],
            )
            database = Path(directory, "extents.db.gz")
            await asyncio.to_thread(extents_file.write, database, outcome.pairs, run_metadata)
            await store.put_file(extents_key, database, content_type="application/gzip")
            await store.put(
                object_keys.manifest(prefix),
                manifest_bytes(manifest),
                content_type="application/json",
            )
    return CropInferResult(
        cropped_frames_version=request.cropped_frames_version,
        frame_count=manifest.frame_count,
        chunk_count=len(manifest.chunks),
        total_bytes=cropped.total_bytes,
        cropped_frames_prefix=prefix,
        extents_key=extents_key,
        model_version=outcome.model_version,
        label_counts=label_counts(outcome.pairs),
        extents=outcome.extents,
        measured=clock.measured(device=network.device),
    )


def label_counts(pairs: list[PairResult]) -> dict[str, int]:
    """The number of pairs by their forward label; each label is a key, also with zero pairs."""
    counted = Counter(pair.forward.label for pair in pairs)
    return {label.value: counted[label] for label in PairLabel}


def _crop_and_infer(
    request: CropInferRequest,
    video: Path,
    chunks: Path,
    network: ExtentsNetwork,
    threads: int,
    report: ReportProgress,
) -> tuple[CroppedFrames, ExtentsOutcome]:
    inference = ExtentsInference(network, threads=threads)
    with open_video(video, threads=threads) as source:
        cropped = crop_and_feed(
            source,
            request.crop_region,
            chunks,
            inference,
            version=request.cropped_frames_version,
            progress=report,
        )
    return cropped, inference.finish()

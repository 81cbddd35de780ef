"""Take a frame every few seconds, read its text, and suggest where the captions are."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import av
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.frames.frame_index import index_step
from captionacc_contracts.work.compute import ExtractRequest, ExtractResult, Progress
from captionacc_media.frames.container import VideoSource, open_video
from captionacc_media.frames.jpeg import encode_jpeg, upright_rgb
from captionacc_media.frames.sampling_plan import SamplingPlan, sampling_plan
from captionacc_media.frames.seek_sampling import SeekSampler
from captionacc_media.ocr.protocol import OcrEngine, OcrPage, RgbImage
from captionacc_wasabi.store import ObjectStore

from captionacc_modal.bounded_concurrency import map_bounded
from captionacc_modal.calls.extraction_databases import (
    LAYOUT_FILE,
    RAW_OCR_FILE,
    FramePage,
    write_databases,
)
from captionacc_modal.measuring import StageClock
from captionacc_modal.stoppable_thread import ReportProgress, run_stoppable

_UPLOADS_AT_ONCE = 8
"""Frames are small, so most of the time of an upload is waiting for the store."""

_BATCH_BYTES = 192 * 1024 * 1024
"""Most memory for decoded frames: a small part of the 4 GiB that the function reserves."""


async def run(
    request: ExtractRequest,
    *,
    store: ObjectStore,
    engine: OcrEngine,
    progress: ReportProgress,
    threads: int = 1,
) -> ExtractResult:
    """Write full frames, ``raw-ocr.db.gz`` and, last, ``layout.db.gz`` to the store.

    Args:
        request: Names the video, and the rate and language to read it with.
        store: Has the video and gets the files.
        engine: Reads the frames.
        progress: Called in this thread and in another one.
        threads: For the decoder of the video.

    Raises:
        PermanentError: The video cannot be used, or its key belongs to another tenant.
        TransientError: The store or the OCR engine did not answer.
    """
    object_keys.require_under_tenant(request.video_key, request.tenant_id)
    step = _step(request.frame_rate)
    clock = StageClock()
    with tempfile.TemporaryDirectory(prefix="captionacc-extract-") as folder, ExitStack() as opened:
        directory = Path(folder)
        with clock.stage("download"):
            await store.get_to_file(request.video_key, directory / "video")

        def open_and_plan(_: ReportProgress) -> tuple[VideoSource, SeekSampler, SamplingPlan]:
            video = opened.enter_context(open_video(directory / "video", threads=threads))
            sampler = SeekSampler(video)
            return video, sampler, sampling_plan(sampler.end_s(), step)

        with clock.stage("frames"):
            source, sampler, plan = await run_stoppable(open_and_plan, progress)
        reader = _FrameReader(source, sampler, plan, directory, engine, clock, progress)
        await reader.read(request.language)
        with clock.stage("layout"):
            suggestion = await asyncio.to_thread(
                write_databases, directory, reader.pages, plan, source, engine.name
            )
        with clock.stage("upload"):
            await _upload(store, request, directory, plan, progress)
    kept = [page for page in reader.pages if page.index in plan.kept]
    return ExtractResult(
        frame_count=plan.frame_count,
        full_frame_count=len(plan.kept),
        duration_seconds=float(plan.end_s),
        width=source.width,
        height=source.height,
        video_codec=source.codec,
        ocr_box_count=sum(len(each.page.boxes) for each in kept),
        failed_ocr_count=sum(each.page.error is not None for each in kept),
        suggested_crop_region=suggestion.captions.crop_region if suggestion.captions else None,
        raw_ocr_key=object_keys.raw_ocr_db(request.tenant_id, request.video_id),
        layout_key=object_keys.layout_db(request.tenant_id, request.video_id),
        measured=clock.measured(ocr_units=reader.units, ocr_engine=engine.name),
    )


def _step(frame_rate: float) -> int:
    try:
        return index_step(frame_rate)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise PermanentError(
            ErrorCode.FRAME_RANGE_INVALID,
            f"Frames cannot be taken at {frame_rate:g} Hz. Use a rate that divides 10 Hz, such as "
            "0.1 Hz.",
        ) from error


def _frame_file(directory: Path, index: int) -> Path:
    return directory / f"frame_{index}.jpg"


@dataclass
class _FrameReader:
    """Takes frames in batches that fit in memory, writes the kept ones, and reads all of them."""

    source: VideoSource
    sampler: SeekSampler
    plan: SamplingPlan
    directory: Path
    engine: OcrEngine
    clock: StageClock
    progress: ReportProgress

    def __post_init__(self) -> None:
        self.pages: list[FramePage] = []
        self.units = 0

    async def read(self, language: str | None) -> None:
        """Add a page per frame to ``pages``.

        Raises:
            TransientError: ``ocr_failed`` when none of the frames could be read.
        """
        total = len(self.plan.read)
        frames = self.sampler.at(self.plan.read)
        self.progress(Progress(stage="ocr", done=0, total=total))
        while True:
            with self.clock.stage("frames"):
                batch = await run_stoppable(lambda _: self._next_batch(frames), self.progress)
            if not batch:
                break
            with self.clock.stage("ocr"):
                reading = await self.engine.read([image for _, image in batch], language)
            self.units += reading.units
            self.pages.extend(
                FramePage(index=index, page=page)
                for (index, _), page in zip(batch, reading.pages, strict=True)
            )
            self.progress(Progress(stage="ocr", done=len(self.pages), total=total))
        _require_some_read([each.page for each in self.pages])

    def _next_batch(
        self, frames: Iterator[tuple[int, av.VideoFrame]]
    ) -> list[tuple[int, RgbImage]]:
        batch: list[tuple[int, RgbImage]] = []
        size = 0
        while size < _BATCH_BYTES:
            found = next(frames, None)
            if found is None:
                break
            index, frame = found
            image = upright_rgb(frame, self.source.rotation)
            if index in self.plan.kept:
                _frame_file(self.directory, index).write_bytes(encode_jpeg(image))
            batch.append((index, image))
            size += image.nbytes
        return batch


def _require_some_read(pages: list[OcrPage]) -> None:
    errors = [page.error for page in pages if page.error is not None]
    if pages and len(errors) == len(pages):
        raise TransientError(
            ErrorCode.OCR_FAILED, f"None of the {len(pages)} frames could be read: {errors[0]}"
        )


async def _upload(
    store: ObjectStore,
    request: ExtractRequest,
    directory: Path,
    plan: SamplingPlan,
    progress: ReportProgress,
) -> None:
    tenant, video = request.tenant_id, request.video_id
    done = 0

    async def upload(index: int) -> None:
        nonlocal done
        await store.put_file(
            object_keys.full_frame(tenant, video, index),
            _frame_file(directory, index),
            content_type="image/jpeg",
        )
        done += 1
        progress(Progress(stage="upload", done=done, total=len(plan.kept)))

    await map_bounded(upload, plan.kept, at_once=_UPLOADS_AT_ONCE)
    # The layout comes last: an extraction that has a layout is complete.
    for key, name in (
        (object_keys.raw_ocr_db(tenant, video), RAW_OCR_FILE),
        (object_keys.layout_db(tenant, video), LAYOUT_FILE),
    ):
        await store.put_file(key, directory / name, content_type="application/gzip")

"""Take frames at a coarse step, read their text and suggest where the captions stand."""

import asyncio
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.frame_index import index_step
from captionacc_contracts.work.compute import ExtractRequest, ExtractResult, Progress
from captionacc_extents.network.network import ExtentsNetwork
from captionacc_layout.finding.places import sighted_text
from captionacc_layout.finding.tracks import Found, find_tracks
from captionacc_layout.looking.plan import closer_looks, even_looks, is_whole, key_looks, looks
from captionacc_layout.looking.text_rows import TextRowFinder
from captionacc_layout.looking.video_looks import Seen, VideoLooks
from captionacc_media.frames.container import VideoSource, open_video
from captionacc_media.frames.sampling_plan import SamplingPlan, sampling_plan
from captionacc_media.frames.seek_sampling import SeekSampler
from captionacc_media.ocr.protocol import OcrEngine

from captionacc_modal.bounded_concurrency import first_of, map_bounded
from captionacc_modal.call_files import CallFiles
from captionacc_modal.calls.extraction_databases import (
    LAYOUT_FILE,
    RAW_OCR_FILE,
    write_databases,
)
from captionacc_modal.calls.frame_reading import (
    FrameReader,
    FrameReading,
    LookTaker,
    frame_file,
    look_at_frames,
)
from captionacc_modal.calls.frame_text import row_rules
from captionacc_modal.measuring import StageClock
from captionacc_modal.stoppable_thread import ReportProgress, run_stoppable

_UPLOADS_AT_ONCE = 8


async def run(
    request: ExtractRequest,
    *,
    store: CallFiles,
    engine: OcrEngine,
    network: ExtentsNetwork,
    progress: ReportProgress,
    threads: int = 1,
) -> ExtractResult:
    """Write full frames, ``raw-ocr.db.gz`` and, last, ``layout.db.gz`` to the store.

    Args:
        request: Names the video, and the rate and language to read it with.
        store: Has the video and gets the files.
        engine: Reads the frames.
        network: Looks for text, to find the tracks.
        progress: Called in this thread and in another one.
        threads: For the decoder of the looks and for the network, each.

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

        def open_and_plan(_: ReportProgress) -> _Video:
            return _Video.opened(directory / "video", step, threads, opened)

        with clock.stage("frames"):
            video = await run_stoppable(open_and_plan, progress)
        source, plan = video.source, video.plan
        looker = _Looker(network, video, threads)
        reading, seen = await _read_and_look(looker, request, engine, directory, clock, progress)
        found = await looker.find(seen, clock, progress)
        with clock.stage("layout"):
            await asyncio.to_thread(
                write_databases, directory, reading.pages, found, source, engine.name
            )
        with clock.stage("upload"):
            await _upload(store, request, directory, plan, progress)
    return ExtractResult(
        frame_count=plan.frame_count,
        full_frame_count=len(plan.kept),
        duration_seconds=float(plan.end_s),
        start_seconds=source.start_seconds,
        width=source.width,
        height=source.height,
        video_codec=source.codec,
        ocr_box_count=sum(len(each.page.boxes) for each in reading.pages),
        failed_ocr_count=sum(each.page.error is not None for each in reading.pages),
        suggested_crop_region=found.tracks[0].crop_region if found.tracks else None,
        suggested_tracks=found.tracks,
        runner_up_tracks=found.runners_up,
        notes=found.notes,
        raw_ocr_key=object_keys.raw_ocr_db(request.tenant_id, request.video_id),
        layout_key=object_keys.layout_db(request.tenant_id, request.video_id),
        measured=clock.measured(ocr_units=reading.units, ocr_engine=engine.name),
    )


@dataclass(frozen=True, kw_only=True)
class _Video:
    """One file, and what will be taken of it.

    ``at_keys`` are the first looks, if they stand at key frames. Then the stored frames are taken
    from ``stored``, an opening of their own, so that both can go on at the same time.
    """

    source: VideoSource
    sampler: SeekSampler
    plan: SamplingPlan
    at_keys: list[tuple[int, int]]
    stored: tuple[VideoSource, SeekSampler]

    @classmethod
    def opened(cls, path: Path, step: int, threads: int, opened: ExitStack) -> Self:
        """Open the file until ``opened`` is closed; stored frames get a decoder of one thread."""
        source = opened.enter_context(open_video(path, threads=threads))
        sampler = SeekSampler(source)
        plan = sampling_plan(sampler.end_s(), step)
        at_keys = key_looks(plan.frame_count, sampler.key_indices())
        stored = source, sampler
        if at_keys:
            again = opened.enter_context(open_video(path))
            stored = again, sampler.beside(again)
        return cls(source=source, sampler=sampler, plan=plan, at_keys=at_keys, stored=stored)


async def _read_and_look(
    looker: "_Looker",
    request: ExtractRequest,
    engine: OcrEngine,
    directory: Path,
    clock: StageClock,
    progress: ReportProgress,
) -> tuple[FrameReading, Seen]:
    """Store and read the frames of the plan, and take the first looks."""
    video = looker.video

    async def read(taker: LookTaker | None) -> FrameReading:
        reader = FrameReader(*video.stored, video.plan, directory, taker, looker.rows())
        return await reader.read(engine, request.language, clock, progress)

    if not video.at_keys:
        evenly = looker.taker(looks(video.plan.frame_count))
        reading = await read(evenly)
        with clock.stage("frames"):
            return reading, await run_stoppable(lambda _: evenly.finish(), progress)
    try:
        async with asyncio.TaskGroup() as group:
            # The progress of the stored frames, which take longer, stands for both.
            looking = group.create_task(looker.look(video.at_keys, clock, _unseen))
            reading = await read(None)
    except ExceptionGroup as failures:
        raise first_of(failures) from None
    return reading, looking.result()


def _unseen(_: Progress) -> None:
    """Takes progress that nobody is shown."""


@dataclass(frozen=True)
class _Looker:
    """Looks for text in one opened video, and finds the tracks."""

    network: ExtentsNetwork
    video: _Video
    threads: int

    def taker(self, planned: list[tuple[int, int]]) -> LookTaker:
        """Takes the pictures of the planned looks."""
        size = {"width": self.video.source.width, "height": self.video.source.height}
        return LookTaker(
            self.video.source, planned, VideoLooks(self.network, **size, threads=self.threads)
        )

    def rows(self) -> TextRowFinder:
        """Finds what to read of stored frames."""
        width, height = self.video.source.width, self.video.source.height
        return TextRowFinder(
            self.network, width=width, height=height, rules=row_rules(width, height)
        )

    async def find(self, seen: Seen, clock: StageClock, progress: ReportProgress) -> Found:
        """The tracks of the first looks, or of more looks when those do not settle them."""
        count = self.video.plan.frame_count
        found = await self._tracks(seen, clock)
        if self.video.at_keys and not found.settled:
            even = even_looks(count, found_any=bool(found.tracks))
            seen = await self.look(even, clock, progress)
            found = await self._tracks(seen, clock)
        closer = closer_looks(count, len(seen.times), sighted_text(seen))
        if found.tracks or not closer:
            return found
        again = await self._tracks(await self.look(closer, clock, progress), clock)
        # A closer look at parts of a video knows less of the text outside the tracks.
        return again if again.tracks or is_whole(closer, count) else found

    async def look(
        self, planned: list[tuple[int, int]], clock: StageClock, progress: ReportProgress
    ) -> Seen:
        """Take the planned looks and nothing else."""
        with clock.stage("frames"):
            return await run_stoppable(
                partial(look_at_frames, self.video.sampler, self.taker(planned)), progress
            )

    async def _tracks(self, seen: Seen, clock: StageClock) -> Found:
        with clock.stage("layout"):
            return await asyncio.to_thread(
                find_tracks,
                seen,
                aspect=self.video.source.width / self.video.source.height,
                start_seconds=self.video.source.start_seconds,
            )


def _step(frame_rate: float) -> int:
    try:
        return index_step(frame_rate)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise PermanentError(
            ErrorCode.FRAME_RANGE_INVALID,
            f"Frames are taken at a rate that divides 10 Hz, such as 0.1 Hz, not at "
            f"{frame_rate:g} Hz.",
        ) from error


async def _upload(
    store: CallFiles,
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
            frame_file(directory, index),
            content_type="image/jpeg",
        )
        done += 1
        progress(Progress(stage="upload", done=done, total=len(plan.kept)))

    await map_bounded(upload, plan.kept, at_once=_UPLOADS_AT_ONCE)
    # The layout comes last: with it the extraction is whole.
    for key, name in (
        (object_keys.raw_ocr_db(tenant, video), RAW_OCR_FILE),
        (object_keys.layout_db(tenant, video), LAYOUT_FILE),
    ):
        await store.put_file(key, directory / name, content_type="application/gzip")

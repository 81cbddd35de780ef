"""Takes frames of a video: stores and reads some of them, and looks for text in others."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.work.compute import Progress
from captionacc_layout.looking.text_rows import TextRowFinder
from captionacc_layout.looking.video_looks import Seen, VideoLooks
from captionacc_media.frames.container import VideoSource
from captionacc_media.frames.jpeg import displayed_rgb, encode_jpeg, people_rgb
from captionacc_media.frames.luma import Plane, displayed_luma
from captionacc_media.frames.sampling_plan import SamplingPlan
from captionacc_media.frames.seek_sampling import SeekSampler
from captionacc_media.ocr.protocol import OcrEngine, OcrPage
from captionacc_observability.free_memory import return_free_memory

from captionacc_modal.calls.frame_text import (
    FramePage,
    FrameParts,
    Part,
    SameAsBefore,
    frame_pages,
)
from captionacc_modal.measuring import StageClock
from captionacc_modal.run_ahead import run_ahead
from captionacc_modal.stoppable_thread import ReportProgress, run_stoppable

_BATCH_BYTES = 32 * 1024 * 1024
"""Bytes of pictures that wait for the engine: 12 whole frames of 1280 x 720 pixels."""
_BATCH_FRAMES = 16
"""Stored frames per call of the engine. Local engines read so many in one to three seconds, so the
progress moves; a cloud engine gets them on one sheet."""


def frame_file(directory: Path, index: int) -> Path:
    """Where the stored frame at ``index`` lies."""
    return directory / f"frame_{index}.jpg"


@dataclass(frozen=True, kw_only=True)
class FrameReading:
    """What reading the frames gave: a page per stored frame."""

    pages: list[FramePage]
    units: int


class LookTaker:
    """Gives the pictures of planned looks to the network, as the frames come by."""

    def __init__(
        self, source: VideoSource, planned: list[tuple[int, int]], video_looks: VideoLooks
    ) -> None:
        self.indices = {index for pair in planned for index in pair}
        self._source = source
        self._video_looks = video_looks
        self._first_of = {second: first for first, second in planned}
        self._firsts = {first for first, _ in planned}
        self._lumas: dict[int, Plane] = {}

    def take(self, index: int, frame: av.VideoFrame) -> None:
        """Take the frame at ``index``; frames of no look are passed over."""
        if index not in self.indices:
            return
        luma = displayed_luma(frame, self._source)
        if index in self._firsts:
            self._lumas[index] = luma
        if index in self._first_of:
            first = self._first_of[index]
            self._video_looks.add(first, self._lumas.pop(first), luma)

    def finish(self) -> Seen:
        """The text of all looks."""
        return self._video_looks.finish()


def look_at_frames(sampler: SeekSampler, taker: LookTaker, report: ReportProgress) -> Seen:
    """Take the looks alone, without storing or reading a frame. Blocks."""
    planned = sorted(taker.indices)
    for done, (index, frame) in enumerate(sampler.at(planned)):
        taker.take(index, frame)
        report(Progress(stage="frames", done=done, total=len(planned)))
    return taker.finish()


class FrameReader:
    """Takes the frames of one opened video, in batches that fit in memory.

    ``taker`` gets the pictures of looks that stand between the stored frames.
    """

    def __init__(
        self,
        source: VideoSource,
        sampler: SeekSampler,
        plan: SamplingPlan,
        directory: Path,
        taker: LookTaker | None,
        rows: TextRowFinder,
    ) -> None:
        self._source = source
        self._plan = plan
        self._directory = directory
        self._taker = taker
        self._rows = rows
        self._same = SameAsBefore()
        looked_at = taker.indices if taker is not None else set()
        self._frames = sampler.at(sorted({*plan.kept, *looked_at}))

    async def read(
        self,
        engine: OcrEngine,
        language: str | None,
        clock: StageClock,
        progress: ReportProgress,
    ) -> FrameReading:
        """Store the frames of the plan and read their text, batch by batch.

        Raises:
            TransientError: ``ocr_failed`` when none of the frames could be read.
        """
        pages: list[FramePage] = []
        asked: list[OcrPage] = []
        units = 0
        async with run_ahead(self._batches(clock, progress)) as batches:
            async for batch in batches:
                progress(Progress(stage="ocr", done=len(pages), total=len(self._plan.kept)))
                pictures = [part.picture for frame in batch for part in frame.parts or []]
                read: list[OcrPage] = []
                if pictures:
                    with clock.stage("ocr"):
                        reading = await engine.read(pictures, language)
                    units += reading.units
                    read = reading.pages
                asked.extend(read)
                pages.extend(frame_pages(batch, read, pages[-1].page if pages else OcrPage()))
                progress(Progress(stage="ocr", done=len(pages), total=len(self._plan.kept)))
        _require_some_read(asked)
        return FrameReading(pages=pages, units=units)

    async def _batches(
        self, clock: StageClock, progress: ReportProgress
    ) -> AsyncGenerator[list[FrameParts], None]:
        while True:
            with clock.stage("frames"):
                batch = await run_stoppable(self._next_batch, progress)
            if not batch:
                return
            yield batch

    def _next_batch(self, report: ReportProgress) -> list[FrameParts]:
        return_free_memory()
        batch: list[FrameParts] = []
        size = 0
        for index, frame in self._frames:
            if self._taker is not None:
                self._taker.take(index, frame)
            report(Progress(stage="frames", done=index, total=self._plan.frame_count))
            if index in self._plan.kept:
                kept = self._kept(index, frame)
                batch.append(kept)
                size += sum(part.picture.nbytes for part in kept.parts or [])
                if size >= _BATCH_BYTES or len(batch) >= _BATCH_FRAMES:
                    break
        return batch

    def _kept(self, index: int, frame: av.VideoFrame) -> FrameParts:
        """Store the frame, and cut out what must be read of it."""
        image = displayed_rgb(frame, self._source)
        seen = people_rgb(frame, self._source, image)
        frame_file(self._directory, index).write_bytes(encode_jpeg(seen))
        luma = displayed_luma(frame, self._source)
        if self._same.is_same(luma):
            return FrameParts(index=index, parts=None)
        # Copies, so that the whole picture does not stay in memory.
        parts = [
            Part(top=rows.top, picture=np.array(image[rows.top : rows.bottom], order="C"))
            for rows in self._rows.find(luma)
        ]
        return FrameParts(index=index, parts=parts)


def _require_some_read(pages: list[OcrPage]) -> None:
    errors = [page.error for page in pages if page.error is not None]
    if pages and len(errors) == len(pages):
        raise TransientError(
            ErrorCode.OCR_FAILED, f"None of the {len(pages)} pictures could be read: {errors[0]}"
        )

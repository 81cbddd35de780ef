"""Takes the frames of a video once: stores and reads some of them, and looks for text in more."""

from dataclasses import dataclass
from pathlib import Path

import av
import msgspec
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.work.compute import Progress
from captionacc_layout.looking.video_looks import Seen, VideoLooks
from captionacc_media.frames.container import VideoSource
from captionacc_media.frames.jpeg import displayed_rgb, encode_jpeg, people_rgb
from captionacc_media.frames.luma import Plane, displayed_luma
from captionacc_media.frames.sampling_plan import SamplingPlan
from captionacc_media.frames.seek_sampling import SeekSampler
from captionacc_media.ocr.protocol import OcrEngine, OcrPage, RgbImage

from captionacc_modal.measuring import StageClock
from captionacc_modal.stoppable_thread import ReportProgress, run_stoppable

_BATCH_BYTES = 192 * 1024 * 1024
"""Full frames in memory at a time: 69 of 1280 x 720 pixels."""


def frame_file(directory: Path, index: int) -> Path:
    """Where the stored frame at ``index`` lies."""
    return directory / f"frame_{index}.jpg"


class FramePage(msgspec.Struct, frozen=True, kw_only=True):
    """What was read in the frame at ``index``."""

    index: int
    page: OcrPage


@dataclass(frozen=True, kw_only=True)
class FrameReading:
    """What reading the frames gave: a page per stored frame, and the text of all looks."""

    pages: list[FramePage]
    units: int
    seen: Seen


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


def look_at_frames(
    sampler: SeekSampler, taker: LookTaker, frame_count: int, report: ReportProgress
) -> Seen:
    """Take the looks alone, without storing or reading a frame. Blocks."""
    for index, frame in sampler.at(sorted(taker.indices)):
        taker.take(index, frame)
        report(Progress(stage="frames", done=index, total=frame_count))
    return taker.finish()


class FrameReader:
    """Takes the frames of one opened video, in batches that fit in memory."""

    def __init__(
        self,
        source: VideoSource,
        sampler: SeekSampler,
        plan: SamplingPlan,
        directory: Path,
        taker: LookTaker,
    ) -> None:
        self._source = source
        self._plan = plan
        self._directory = directory
        self._taker = taker
        self._frames = sampler.at(sorted({*plan.kept, *taker.indices}))

    async def read(
        self,
        engine: OcrEngine,
        language: str | None,
        clock: StageClock,
        progress: ReportProgress,
    ) -> FrameReading:
        """Store and read the frames of the plan, and look for text.

        Raises:
            TransientError: ``ocr_failed`` when none of the frames could be read.
        """
        pages: list[FramePage] = []
        units = 0
        while True:
            with clock.stage("frames"):
                batch = await run_stoppable(self._next_batch, progress)
            if not batch:
                break
            progress(Progress(stage="ocr", done=len(pages), total=len(self._plan.kept)))
            with clock.stage("ocr"):
                reading = await engine.read([image for _, image in batch], language)
            units += reading.units
            pages.extend(
                FramePage(index=index, page=page)
                for (index, _), page in zip(batch, reading.pages, strict=True)
            )
            progress(Progress(stage="ocr", done=len(pages), total=len(self._plan.kept)))
        _require_some_read([each.page for each in pages])
        with clock.stage("frames"):
            seen = await run_stoppable(lambda _: self._taker.finish(), progress)
        return FrameReading(pages=pages, units=units, seen=seen)

    def _next_batch(self, report: ReportProgress) -> list[tuple[int, RgbImage]]:
        batch: list[tuple[int, RgbImage]] = []
        size = 0
        for index, frame in self._frames:
            self._taker.take(index, frame)
            report(Progress(stage="frames", done=index, total=self._plan.frame_count))
            if index in self._plan.kept:
                image = displayed_rgb(frame, self._source)
                seen = people_rgb(frame, self._source, image)
                frame_file(self._directory, index).write_bytes(encode_jpeg(seen))
                batch.append((index, image))
                size += image.nbytes
                if size >= _BATCH_BYTES:
                    break
        return batch


def _require_some_read(pages: list[OcrPage]) -> None:
    errors = [page.error for page in pages if page.error is not None]
    if pages and len(errors) == len(pages):
        raise TransientError(
            ErrorCode.OCR_FAILED, f"None of the {len(pages)} frames could be read: {errors[0]}"
        )

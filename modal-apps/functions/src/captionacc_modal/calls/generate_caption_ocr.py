"""Read the text of captions from the median picture of their frames, and store the pictures."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.tracks import Note, NoteKind, TrackRange, WritingDirection
from captionacc_contracts.languages.language import parse_optional_language
from captionacc_contracts.work.compute import (
    CaptionOcrRequest,
    CaptionOcrResult,
    CaptionsOcrRequest,
    CaptionsOcrResult,
    OcrText,
    Progress,
)
from captionacc_media.ocr.languages.engines import Installed
from captionacc_media.ocr.languages.readability import readability
from captionacc_media.ocr.montage import MOST_ROWS
from captionacc_media.ocr.pages import page_text, without_standing_text
from captionacc_media.ocr.protocol import OcrEngine, OcrPage
from captionacc_media.text.columns import laid_down
from captionacc_media.text.from_pictures.background_text import without_background_text
from captionacc_media.text.from_pictures.drawn_blanks import with_drawn_blanks
from captionacc_media.text.from_pictures.drawn_dots import with_drawn_dots
from captionacc_media.text.from_pictures.front_boxes import only_front
from captionacc_media.text.from_pictures.letter_ink import grey
from captionacc_media.text.music_notes import with_notes
from captionacc_observability.free_memory import return_free_memory

from captionacc_modal.call_files import CallFiles
from captionacc_modal.calls.cropped_range_medians import RangeMedian, range_medians
from captionacc_modal.calls.stored_medians import store_medians
from captionacc_modal.measuring import StageClock
from captionacc_modal.run_ahead import run_ahead
from captionacc_modal.stoppable_thread import ReportProgress

_DEFAULT_ALONE = Installed()
_IMAGES_A_READING = MOST_ROWS
"""Most medians of one reading. They fill one sheet of an engine that bills sheets."""
_BYTES_A_READING = 24 * 1024 * 1024
"""Most memory of the medians of one reading. Two such batches are in work."""


async def run(
    request: CaptionOcrRequest,
    *,
    store: CallFiles,
    engine: OcrEngine,
    progress: ReportProgress,
) -> CaptionOcrResult:
    """Read the text of one range. A range without text has an empty text and confidence 0.

    The text of a logo or a sign in the crop region is included: a single picture does not show
    whether small print is a sign or the second language of the caption. :func:`run_many` leaves
    such text out.

    Raises:
        PermanentError: The range, its chunks or its picture cannot be read.
        TransientError: The store or the OCR engine did not answer.
    """
    frames = TrackRange(start_frame=request.start_frame, end_frame=request.end_frame)
    reader = _RangeReader(store=store, engine=engine, progress=progress, clock=StageClock())
    await reader.read(request.chunks_prefix, [frames], request.language)
    outcome = _outcome(reader.pages[frames])
    if isinstance(outcome, PermanentError):
        raise outcome
    return CaptionOcrResult(
        ocr_text=outcome.text,
        confidence=outcome.confidence,
        measured=reader.clock.measured(ocr_units=reader.units, ocr_engine=engine.name),
    )


async def run_many(
    request: CaptionsOcrRequest,
    *,
    store: CallFiles,
    engine: OcrEngine,
    installed: Installed = _DEFAULT_ALONE,
    progress: ReportProgress,
) -> CaptionsOcrResult:
    """Read the texts of many ranges of one video. A range that cannot be read has its own error.

    Standing text is left out where the ranges show that it stands: see
    :func:`captionacc_media.ocr.pages.without_standing_text`. A note says when most texts are in
    letters that the engine does not read; ``installed`` is for the advice in it.

    Raises:
        PermanentError: The version of cropped frames is not complete.
        TransientError: The store or the OCR engine did not answer.
    """
    reader = _RangeReader(store=store, engine=engine, progress=progress, clock=StageClock())
    await reader.read(request.chunks_prefix, request.ranges, request.language)
    pages = await asyncio.to_thread(_without_standing_text, reader.pages)
    read = [page for page in pages.values() if isinstance(page, OcrPage)]
    return CaptionsOcrResult(
        texts=_texts(request.ranges, pages),
        notes=_notes(read, request.language, installed),
        measured=reader.clock.measured(ocr_units=reader.units, ocr_engine=engine.name),
    )


@dataclass(frozen=True)
class _Waiting:
    """A median that waits for the engine; ``key`` is where it is stored."""

    median: RangeMedian
    picture: npt.NDArray[np.uint8]
    key: str


def _texts(
    ranges: Sequence[TrackRange], pages: Mapping[TrackRange, OcrPage | PermanentError]
) -> list[OcrText]:
    """The texts in the order of ``ranges``; music notes are repaired within each track."""
    texts = {frames: _as_text(_outcome(page)) for frames, page in pages.items()}
    for track in {frames.track for frames in texts}:
        of_track = {frames: text for frames, text in texts.items() if frames.track == track}
        repaired = with_notes([each.text for each in of_track.values()])
        for frames, text in zip(of_track, repaired, strict=True):
            texts[frames] = msgspec.structs.replace(of_track[frames], text=text)
    return [texts[frames] for frames in ranges]


def _notes(pages: Sequence[OcrPage], language: str | None, installed: Installed) -> list[Note]:
    verdict = readability(pages, parse_optional_language(language), installed)
    if verdict.sentence is None:
        return []
    return [Note(kind=NoteKind.UNREAD_SCRIPT, message=verdict.sentence)]


def _as_text(outcome: OcrText | PermanentError) -> OcrText:
    if isinstance(outcome, PermanentError):
        return OcrText(text="", confidence=0.0, error=outcome.message)
    return outcome


def _without_standing_text(
    pages: Mapping[TrackRange, OcrPage | PermanentError],
) -> dict[TrackRange, OcrPage | PermanentError]:
    kept = dict(pages)
    # Each track has its own crop region, so only pages of one track show the same place.
    for track in {frames.track for frames in pages}:
        read = {
            frames: page
            for frames, page in pages.items()
            if frames.track == track and isinstance(page, OcrPage)
        }
        kept.update(zip(read, without_standing_text(list(read.values())), strict=True))
    return kept


def _outcome(page: OcrPage | PermanentError) -> OcrText | PermanentError:
    if isinstance(page, PermanentError):
        return page
    if page.error is not None:
        return PermanentError(ErrorCode.OCR_FAILED, page.error)
    text, confidence = page_text(page)
    return OcrText(text=text, confidence=confidence if text else 0.0)


def _fronts(
    pictures: Sequence[npt.NDArray[np.uint8]], pages: Sequence[OcrPage]
) -> dict[int, npt.NDArray[np.uint8]]:
    """The pictures, by number, that must be read again without an older caption."""
    painted = (only_front(*each) for each in zip(pictures, (p.boxes for p in pages), strict=True))
    return {number: picture for number, picture in enumerate(painted) if picture is not None}


def _of_caption(page: OcrPage, waiting: _Waiting) -> OcrPage:
    """The page without text of the background, with blanks and dots as they are drawn; vertical
    text is laid down."""
    boxes = without_background_text(page.boxes, waiting.picture, waiting.median.gaps)
    if waiting.median.direction is WritingDirection.VERTICAL:
        boxes = laid_down(boxes, waiting.picture.shape[1])
    else:
        picture = grey(waiting.picture)
        boxes = with_drawn_dots(with_drawn_blanks(boxes, picture), picture)
    return OcrPage(boxes=boxes, error=page.error)


class _RangeReader:
    """Collects medians and reads many of them at a time."""

    def __init__(
        self, *, store: CallFiles, engine: OcrEngine, progress: ReportProgress, clock: StageClock
    ) -> None:
        self.clock = clock
        self.units = 0
        self.pages: dict[TrackRange, OcrPage | PermanentError] = {}
        self._store = store
        self._engine = engine
        self._progress = progress
        self._total = 0

    async def read(self, prefix: str, ranges: Sequence[TrackRange], language: str | None) -> None:
        """Read the text of every range.

        Medians are made and stored while the engine reads those before them.
        """
        if not ranges:
            return
        self._total = len(set(ranges))
        async with run_ahead(self._stored(self._batches(prefix, ranges))) as stored:
            async for batch in stored:
                await self._read_batch(batch, language)

    async def _batches(
        self, prefix: str, ranges: Sequence[TrackRange]
    ) -> AsyncGenerator[list[_Waiting], None]:
        """The medians, as many together as one reading takes."""
        batch: list[_Waiting] = []
        size = 0
        async with contextlib.aclosing(self._medians(prefix, ranges)) as medians:
            async for each in medians:
                batch.append(each)
                size += each.picture.nbytes
                if len(batch) >= _IMAGES_A_READING or size >= _BYTES_A_READING:
                    yield batch
                    batch, size = [], 0
        if batch:
            yield batch

    async def _medians(
        self, prefix: str, ranges: Sequence[TrackRange]
    ) -> AsyncGenerator[_Waiting, None]:
        for track in sorted({each.track for each in ranges}):
            of_track = [each for each in ranges if each.track == track]
            below = object_keys.track_prefix(prefix, track)
            made = range_medians(self._store, below, of_track, self.clock)
            async with contextlib.aclosing(made) as medians:
                async for median in medians:
                    if isinstance(median.outcome, PermanentError):
                        self._done({median.frames: median.outcome})
                    else:
                        key = object_keys.median(below, median.frames)
                        yield _Waiting(median, median.outcome, key)

    async def _stored(
        self, batches: AsyncGenerator[list[_Waiting], None]
    ) -> AsyncGenerator[list[_Waiting], None]:
        async with contextlib.aclosing(batches):
            async for batch in batches:
                # The outbox of the call keeps them if the store is away.
                with self.clock.stage("store"):
                    await store_medians(self._store, {each.key: each.picture for each in batch})
                yield batch

    async def _read_batch(self, batch: Sequence[_Waiting], language: str | None) -> None:
        with self.clock.stage("ocr"):
            pages = await self._read_pictures([each.picture for each in batch], language)
            made = await asyncio.to_thread(lambda: list(map(_of_caption, pages, batch)))
            # Every caption has a size of its own, so the engine leaves gaps that the next captions
            # do not fill.
            await asyncio.to_thread(return_free_memory)
        self._done({each.median.frames: page for each, page in zip(batch, made, strict=True)})

    def _done(self, pages: Mapping[TrackRange, OcrPage | PermanentError]) -> None:
        self.pages.update(pages)
        self._progress(Progress(stage="ocr", done=len(self.pages), total=self._total))

    async def _read_pictures(
        self, pictures: Sequence[npt.NDArray[np.uint8]], language: str | None
    ) -> list[OcrPage]:
        reading = await self._engine.read(pictures, language, crops=True)
        self.units += reading.units
        pages = list(reading.pages)
        fronts = await asyncio.to_thread(_fronts, pictures, pages)
        if fronts:
            again = await self._engine.read(list(fronts.values()), language, crops=True)
            self.units += again.units
            for number, page in zip(fronts, again.pages, strict=True):
                if any(box.readable for box in page.boxes):
                    pages[number] = page
        return pages

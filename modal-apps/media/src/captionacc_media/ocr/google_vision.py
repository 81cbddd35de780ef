"""Google Cloud Vision, document text detection, many pictures on a sheet."""

import asyncio
import io
import random
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from google.api_core import exceptions as google_errors
from google.cloud import vision_v1 as vision
from google.cloud.vision_v1.services.image_annotator import ImageAnnotatorAsyncClient
from google.cloud.vision_v1.services.image_annotator.transports import (
    ImageAnnotatorGrpcAsyncIOTransport,
)
from google.oauth2 import service_account
from grpc import aio
from PIL import Image

from captionacc_media.ocr.montage import Row, Sheet, draw, plan_sheets, split
from captionacc_media.ocr.protocol import OcrBox, OcrPage, OcrReading, RgbImage
from captionacc_media.ocr.rate_limit import RateLimit
from captionacc_media.ocr.symbols import to_lines

MOST_IMAGES = 16
MOST_BYTES = 8 * 1024 * 1024
_JPEG_QUALITY = 92
_REQUEST_TIMEOUT_S = 30.0
_AT_ONCE = 4
# gRPC status codes that an image's own error carries and that a repetition may heal:
# deadline exceeded, resource exhausted, aborted, internal, unavailable.
_PASSING = frozenset({4, 8, 10, 13, 14})
_LANGUAGES = {"zh-cn": "zh-Hans", "zh-tw": "zh-Hant", "zh-hk": "zh-Hant"}

_Break = vision.TextAnnotation.DetectedBreak.BreakType
_BLANK_AFTER = frozenset({_Break.SPACE, _Break.SURE_SPACE})


def client_from_key(key: Mapping[str, str]) -> ImageAnnotatorAsyncClient:
    """The vendor's client with a service account's key; belongs to the running event loop.

    Raises:
        ValueError: when the key is no service account's.
    """
    credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
        dict(key)
    )
    return ImageAnnotatorAsyncClient(credentials=credentials)


def client_on(channel: aio.Channel) -> ImageAnnotatorAsyncClient:
    """The vendor's client on a channel of one's own, without credentials."""
    return ImageAnnotatorAsyncClient(transport=ImageAnnotatorGrpcAsyncIOTransport(channel=channel))


class _Job(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet as it is sent."""

    sheet: Sheet
    jpeg: bytes


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Symbols on the sheet, or why there are none."""

    symbols: list[OcrBox]
    error: str | None = None


class GoogleVision:
    """Reads sheets of pictures; rows that a sheet leaves unsure are read again alone.

    ``most_rows`` 1 reads every picture alone, at a unit each. ``attempts`` and ``first_pause_s``
    rule the repetition of refused and failed requests, with doubling pauses and jitter.
    """

    def __init__(
        self,
        client: ImageAnnotatorAsyncClient,
        *,
        requests_per_minute: float = 1200,
        most_rows: int = 40,
        attempts: int = 6,
        first_pause_s: float = 1.0,
        request_timeout_s: float = _REQUEST_TIMEOUT_S,
    ) -> None:
        self._client = client
        self._limit = RateLimit(per_minute=requests_per_minute)
        self._most_rows = most_rows
        self._attempts = attempts
        self._first_pause_s = first_pause_s
        self._request_timeout_s = request_timeout_s
        self._slots = asyncio.Semaphore(_AT_ONCE)

    @property
    def name(self) -> str:
        return "google-vision DOCUMENT_TEXT_DETECTION"

    async def read(self, images: Sequence[RgbImage], language: str | None = None) -> OcrReading:
        """Read every image; a unit is a sheet or an image that the service answered."""
        sizes = [(image.shape[1], image.shape[0]) for image in images]
        jobs = await asyncio.to_thread(_jobs, plan_sheets(sizes, most_rows=self._most_rows), images)
        pages: dict[int, OcrPage] = {}
        alone: set[int] = set()
        answers = await self._answers(jobs, language)
        units = sum(answer.error is None for answer in answers)
        for job, answer in zip(jobs, answers, strict=True):
            positions = [row.position for row in job.sheet.rows]
            if answer.error is not None:
                if len(positions) > 1:
                    alone.update(positions)
                else:
                    pages[positions[0]] = OcrPage(error=answer.error)
                continue
            found = split(job.sheet, answer.symbols)
            alone |= found.unsure
            for position, symbols in found.boxes.items():
                pages[position] = OcrPage(boxes=to_lines(symbols))
        if alone:
            singles = [_single(position, images[position]) for position in sorted(alone)]
            jobs = await asyncio.to_thread(_jobs, singles, images)
            answers = await self._answers(jobs, language)
            units += sum(answer.error is None for answer in answers)
            for job, answer in zip(jobs, answers, strict=True):
                pages[job.sheet.rows[0].position] = (
                    OcrPage(boxes=to_lines(answer.symbols))
                    if answer.error is None
                    else OcrPage(error=answer.error)
                )
        return OcrReading(pages=[pages[position] for position in range(len(images))], units=units)

    async def _answers(self, jobs: Sequence[_Job], language: str | None) -> list[_Answer]:
        batches = _batches(jobs)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._batch(batch, language)) for batch in batches]
        except ExceptionGroup as failures:
            # Not except*: what is raised inside one comes out wrapped in a group again.
            raise failures.exceptions[0] from None
        return [answer for task in tasks for answer in task.result()]

    async def _batch(self, jobs: Sequence[_Job], language: str | None) -> list[_Answer]:
        answers: dict[int, _Answer] = {}
        waiting = list(range(len(jobs)))
        for attempt in range(self._attempts):
            if attempt:
                await asyncio.sleep(self._pause_s(attempt))
            last = attempt == self._attempts - 1
            try:
                responses = await self._request([jobs[at].jpeg for at in waiting], language)
            except (
                google_errors.TooManyRequests,
                google_errors.ServerError,
                google_errors.RetryError,
                TimeoutError,
            ) as error:
                if last:
                    raise TransientError(
                        ErrorCode.OCR_UNAVAILABLE,
                        f"Google Vision did not answer after {self._attempts} attempts "
                        f"({type(error).__name__}).",
                    ) from error
                continue
            except google_errors.GoogleAPICallError as error:
                raise PermanentError(
                    ErrorCode.OCR_FAILED,
                    f"Google Vision refused the request ({type(error).__name__}): check the "
                    "credentials, the project's billing and that its Vision API is enabled.",
                ) from error
            again: list[int] = []
            for at, response in zip(waiting, responses, strict=True):
                if response.error.code in _PASSING and not last:
                    again.append(at)
                else:
                    answers[at] = _answer(response)
            waiting = again
            if not waiting:
                break
        return [answers[at] for at in range(len(jobs))]

    def _pause_s(self, attempt: int) -> float:
        longest = self._first_pause_s * 2.0 ** (attempt - 1)
        return longest / 2 + random.uniform(0, longest / 2)  # noqa: S311  spreads load, no secret

    async def _request(
        self, jpegs: Sequence[bytes], language: str | None
    ) -> list[vision.AnnotateImageResponse]:
        hints = [_LANGUAGES.get(language.casefold(), language)] if language else []
        requests = [
            vision.AnnotateImageRequest(
                image=vision.Image(content=jpeg),
                features=[vision.Feature(type_=vision.Feature.Type.DOCUMENT_TEXT_DETECTION)],
                image_context=vision.ImageContext(language_hints=hints),
            )
            for jpeg in jpegs
        ]
        async with self._slots:
            await self._limit.wait()
            async with asyncio.timeout(self._request_timeout_s + 5):
                # One layer repeats, and it is ours: the client's own would hide refusals from it.
                answer = await self._client.batch_annotate_images(
                    requests=requests, retry=None, timeout=self._request_timeout_s
                )
        responses = list(answer.responses)
        if len(responses) != len(jpegs):
            raise TransientError(
                ErrorCode.OCR_UNAVAILABLE,
                f"Google Vision gave {len(responses)} answers for {len(jpegs)} images.",
            )
        return responses


def _single(position: int, image: RgbImage) -> Sheet:
    height, width = image.shape[:2]
    row = Row(position=position, top=0, bottom=height)
    return Sheet(rows=[row], width=width, height=height)


def _jobs(sheets: Sequence[Sheet], images: Sequence[RgbImage]) -> list[_Job]:
    """Sheets drawn and encoded; one that is too large in bytes is halved."""
    jobs: list[_Job] = []
    for sheet in sheets:
        jpeg = _jpeg(draw(sheet, images))
        if len(jpeg) <= MOST_BYTES or len(sheet.rows) == 1:
            jobs.append(_Job(sheet=sheet, jpeg=jpeg))
            continue
        half = len(sheet.rows) // 2
        jobs += _jobs([_part(sheet.rows[:half], images), _part(sheet.rows[half:], images)], images)
    return jobs


def _part(rows: Sequence[Row], images: Sequence[RgbImage]) -> Sheet:
    top = rows[0].top
    return Sheet(
        rows=[Row(position=r.position, top=r.top - top, bottom=r.bottom - top) for r in rows],
        width=max(images[r.position].shape[1] for r in rows),
        height=rows[-1].bottom - top,
    )


def _jpeg(image: RgbImage) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()


def _batches(jobs: Sequence[_Job]) -> list[list[_Job]]:
    batches: list[list[_Job]] = []
    size = 0
    for job in jobs:
        if not batches or len(batches[-1]) == MOST_IMAGES or size + len(job.jpeg) > MOST_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(job)
        size += len(job.jpeg)
    return batches


def _answer(response: vision.AnnotateImageResponse) -> _Answer:
    if response.error.code:
        return _Answer(
            symbols=[], error=f"Google Vision could not read the picture: {response.error.message}"
        )
    symbols = [
        _box(symbol)
        for page in response.full_text_annotation.pages
        for block in page.blocks
        for paragraph in block.paragraphs
        for word in paragraph.words
        for symbol in word.symbols
    ]
    return _Answer(symbols=symbols)


def _box(symbol: vision.Symbol) -> OcrBox:
    xs = [float(vertex.x) for vertex in symbol.bounding_box.vertices] or [0.0]
    ys = [float(vertex.y) for vertex in symbol.bounding_box.vertices] or [0.0]
    blank = " " if symbol.property.detected_break.type_ in _BLANK_AFTER else ""
    return OcrBox(
        text=symbol.text + blank,
        confidence=float(symbol.confidence),
        left=min(xs),
        top=min(ys),
        right=max(xs),
        bottom=max(ys),
    )

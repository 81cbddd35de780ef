"""Google Cloud Vision, document text detection, with many pictures on one sheet."""

import asyncio
import io
import random
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.languages.language import Language, parse_optional_language
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
from captionacc_media.ocr.protocol import OcrPage, OcrReading, RgbImage
from captionacc_media.ocr.rate_limit import RateLimit
from captionacc_media.ocr.symbols import symbol_lines
from captionacc_media.text.boxes import TextBox

MOST_IMAGES = 16
"""Images per request; the service accepts no more."""
MOST_BYTES = 8 * 1024 * 1024
"""Bytes of pictures per request: below the 10 MB that the service accepts per request."""
_JPEG_QUALITY = 92
_REQUEST_TIMEOUT_S = 30.0
_REQUESTS_AT_ONCE = 4
# gRPC status codes of one image's error that a retry may solve:
# deadline exceeded, resource exhausted, aborted, internal, unavailable.
_RETRYABLE = frozenset({4, 8, 10, 13, 14})

_Break = vision.TextAnnotation.DetectedBreak.BreakType
_BLANK_AFTER = frozenset({_Break.SPACE, _Break.SURE_SPACE})


def client_from_key(key: Mapping[str, str]) -> ImageAnnotatorAsyncClient:
    """The vendor's client with the key of a service account. Use it in the running event loop only.

    Raises:
        ValueError: the key is not that of a service account.
    """
    credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
        dict(key)
    )
    return ImageAnnotatorAsyncClient(credentials=credentials)


def client_on(channel: aio.Channel) -> ImageAnnotatorAsyncClient:
    """The vendor's client on the channel given, without credentials."""
    return ImageAnnotatorAsyncClient(transport=ImageAnnotatorGrpcAsyncIOTransport(channel=channel))


def language_hint(language: Language) -> str:
    """The hint for a language: Google tells Chinese apart by its script, and not by region."""
    if language.code == "zh" and (language.region or language.script):
        return f"zh-{language.written_in}"
    return language.tag


class _EncodedSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet and its JPEG, which is what the service gets."""

    plan: Sheet
    jpeg: bytes


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The symbols on a sheet, or the error that the service reported for it."""

    symbols: list[TextBox]
    error: str | None = None


class GoogleVision:
    """Reads sheets of pictures, and then alone every picture whose row on a sheet was unsure.

    Args:
        client: the vendor's client, from :func:`client_from_key` or :func:`client_on`.
        requests_per_minute: the quota of the Google Cloud project.
        most_rows: pictures per sheet. With 1, every picture is read alone and billed as one unit.
        attempts: how often a request is sent before the engine counts as unavailable.
        first_pause_s: pause before the first retry. Each further pause is twice as long; all have
            jitter.
        request_timeout_s: limit of one attempt.
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
        self._places = asyncio.Semaphore(_REQUESTS_AT_ONCE)

    @property
    def name(self) -> str:
        return "google-vision DOCUMENT_TEXT_DETECTION"

    async def read(
        self, images: Sequence[RgbImage], language: str | None = None, *, crops: bool = False
    ) -> OcrReading:
        """Read every image. Each sheet or single image that the service answered is one unit."""
        del crops
        sizes = [(image.shape[1], image.shape[0]) for image in images]
        planned = plan_sheets(sizes, most_rows=self._most_rows)
        sheets = await asyncio.to_thread(_encoded, planned, images)
        pages: dict[int, OcrPage] = {}
        alone: set[int] = set()
        answers = await self._answers(sheets, language)
        units = sum(answer.error is None for answer in answers)
        for sheet, answer in zip(sheets, answers, strict=True):
            positions = [row.position for row in sheet.plan.rows]
            if answer.error is not None:
                if len(positions) > 1:
                    alone.update(positions)
                else:
                    pages[positions[0]] = OcrPage(error=answer.error)
                continue
            found = split(sheet.plan, answer.symbols)
            alone |= found.unsure
            for position, symbols in found.boxes.items():
                pages[position] = OcrPage(boxes=symbol_lines(symbols))
        if alone:
            singles = [_single(position, images[position]) for position in sorted(alone)]
            sheets = await asyncio.to_thread(_encoded, singles, images)
            answers = await self._answers(sheets, language)
            units += sum(answer.error is None for answer in answers)
            for sheet, answer in zip(sheets, answers, strict=True):
                pages[sheet.plan.rows[0].position] = (
                    OcrPage(boxes=symbol_lines(answer.symbols))
                    if answer.error is None
                    else OcrPage(error=answer.error)
                )
        return OcrReading(pages=[pages[position] for position in range(len(images))], units=units)

    async def _answers(
        self, sheets: Sequence[_EncodedSheet], language: str | None
    ) -> list[_Answer]:
        batches = _batches(sheets)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._batch(batch, language)) for batch in batches]
        except ExceptionGroup as failures:
            # An except* clause would wrap the error in a group again.
            raise failures.exceptions[0] from None
        return [answer for task in tasks for answer in task.result()]

    async def _batch(self, sheets: Sequence[_EncodedSheet], language: str | None) -> list[_Answer]:
        answers: dict[int, _Answer] = {}
        waiting = list(range(len(sheets)))
        for attempt in range(self._attempts):
            if attempt:
                await asyncio.sleep(self._pause_s(attempt))
            last = attempt == self._attempts - 1
            try:
                responses = await self._request([sheets[at].jpeg for at in waiting], language)
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
                if response.error.code in _RETRYABLE and not last:
                    again.append(at)
                else:
                    answers[at] = _answer(response)
            waiting = again
            if not waiting:
                break
        return [answers[at] for at in range(len(sheets))]

    def _pause_s(self, attempt: int) -> float:
        longest = self._first_pause_s * 2.0 ** (attempt - 1)
        return longest / 2 + random.uniform(0, longest / 2)  # noqa: S311  spreads load, no secret

    async def _request(
        self, jpegs: Sequence[bytes], language: str | None
    ) -> list[vision.AnnotateImageResponse]:
        wanted = parse_optional_language(language)
        hints = [language_hint(wanted)] if wanted else []
        requests = [
            vision.AnnotateImageRequest(
                image=vision.Image(content=jpeg),
                features=[vision.Feature(type_=vision.Feature.Type.DOCUMENT_TEXT_DETECTION)],
                image_context=vision.ImageContext(language_hints=hints),
            )
            for jpeg in jpegs
        ]
        async with self._places:
            await self._limit.wait()
            async with asyncio.timeout(self._request_timeout_s + 5):
                # Only _batch retries: the client's own retries would hide refusals from it.
                answer = await self._client.batch_annotate_images(
                    requests=requests, retry=None, timeout=self._request_timeout_s
                )
        responses = list(answer.responses)
        if len(responses) != len(jpegs):
            raise TransientError(
                ErrorCode.OCR_UNAVAILABLE,
                f"Google Vision returned {len(responses)} answers for {len(jpegs)} images.",
            )
        return responses


def _single(position: int, image: RgbImage) -> Sheet:
    height, width = image.shape[:2]
    row = Row(position=position, top=0, bottom=height)
    return Sheet(rows=[row], width=width, height=height)


def _encoded(sheets: Sequence[Sheet], images: Sequence[RgbImage]) -> list[_EncodedSheet]:
    """Draw and encode sheets; split a sheet in two when its JPEG has too many bytes."""
    encoded: list[_EncodedSheet] = []
    for sheet in sheets:
        jpeg = _jpeg(draw(sheet, images))
        if len(jpeg) <= MOST_BYTES or len(sheet.rows) == 1:
            encoded.append(_EncodedSheet(plan=sheet, jpeg=jpeg))
            continue
        half = len(sheet.rows) // 2
        parts = [_part(sheet.rows[:half], images), _part(sheet.rows[half:], images)]
        encoded += _encoded(parts, images)
    return encoded


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


def _batches(sheets: Sequence[_EncodedSheet]) -> list[list[_EncodedSheet]]:
    batches: list[list[_EncodedSheet]] = []
    size = 0
    for sheet in sheets:
        if not batches or len(batches[-1]) == MOST_IMAGES or size + len(sheet.jpeg) > MOST_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(sheet)
        size += len(sheet.jpeg)
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


def _box(symbol: vision.Symbol) -> TextBox:
    xs = [float(vertex.x) for vertex in symbol.bounding_box.vertices] or [0.0]
    ys = [float(vertex.y) for vertex in symbol.bounding_box.vertices] or [0.0]
    blank = " " if symbol.property.detected_break.type_ in _BLANK_AFTER else ""
    return TextBox(
        text=symbol.text + blank,
        confidence=float(symbol.confidence),
        left=min(xs),
        top=min(ys),
        right=max(xs),
        bottom=max(ys),
    )

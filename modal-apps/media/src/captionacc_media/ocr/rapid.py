"""RapidOCR with PP-OCR models. It needs neither a network nor an account."""

import asyncio
import threading
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from captionacc_media.ocr.montage import plan_sheets
from captionacc_media.ocr.protocol import OcrPage, OcrReading, RgbImage
from captionacc_media.ocr.recognition.confidence import is_readable, line_confidence
from captionacc_media.ocr.recognition.line_detector import LineDetector, packaged_model
from captionacc_media.ocr.recognition.line_recogniser import LineRecogniser
from captionacc_media.refused_memory import raise_refused_memory
from captionacc_media.text.boxes import TextBox

_RECOGNISER = "PP-OCRv6_rec_small.onnx"
DEFAULT_MODEL = "PP-OCRv6 small"
"""The recogniser in the wheel. It reads Chinese, Japanese and most languages in Latin letters."""


class _Reader:
    """A detector and a recogniser. Several threads may use it at a time."""

    def __init__(self, model: Path) -> None:
        self._detector = LineDetector()
        self._recogniser = LineRecogniser(model)

    def read(self, image: RgbImage, *, is_crop: bool) -> OcrPage:
        try:
            lines = self._detector.find(image, is_crop=is_crop)
            readings = self._recogniser.read([line.image for line in lines])
        except Exception as error:  # noqa: BLE001 - the runtime's errors have no public common class
            raise_refused_memory(error)
            return OcrPage(error=f"RapidOCR could not read the picture: {type(error).__name__}.")
        boxes = [
            TextBox(
                text=reading.text,
                confidence=line_confidence(reading, self._recogniser.characters),
                readable=is_readable(reading),
                left=line.left,
                top=line.top,
                right=line.right,
                bottom=line.bottom,
            )
            for line, reading in zip(lines, readings, strict=True)
            if line.right > line.left and line.bottom > line.top
        ]
        return OcrPage(boxes=boxes)


class RapidOcr:
    """Reads up to ``workers`` pictures at a time, each in one processor thread.

    Args:
        workers: pictures at a time.
        model: the file of another recogniser than the one in the wheel.
        model_name: its name, which is stored with the results.
    """

    def __init__(
        self, *, workers: int = 1, model: Path | None = None, model_name: str = DEFAULT_MODEL
    ) -> None:
        self._model = model
        self._model_name = model_name
        self._reader: _Reader | None = None
        self._making = threading.Lock()
        self._places = asyncio.Semaphore(workers)

    @property
    def name(self) -> str:
        return f"rapidocr {version('rapidocr')} {self._model_name}"

    async def read(
        self, images: Sequence[RgbImage], language: str | None = None, *, crops: bool = False
    ) -> OcrReading:
        """Read every image. Units are the sheets that would have gone to a cloud engine.

        A recogniser reads all its languages together, so ``language`` has no effect.
        """
        del language
        sizes = [(image.shape[1], image.shape[0]) for image in images]
        pages = await asyncio.gather(*(self._read_one(image, crops) for image in images))
        return OcrReading(pages=list(pages), units=len(plan_sheets(sizes)))

    async def _read_one(self, image: RgbImage, is_crop: bool) -> OcrPage:
        async with self._places:
            return await asyncio.to_thread(self._in_thread, image, is_crop)

    def _in_thread(self, image: RgbImage, is_crop: bool) -> OcrPage:
        with self._making:
            # One for all threads: each takes 70 MiB to load.
            reader = self._reader or _Reader(self._model or packaged_model(_RECOGNISER))
            self._reader = reader
        return reader.read(image, is_crop=is_crop)

"""Reads with the engine of this machine that knows the language of each request."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
from captionacc_contracts.languages.language import parse_optional_language

from captionacc_media.ocr.languages.engines import (
    Choice,
    Engine,
    Installed,
    choose_engine,
)
from captionacc_media.ocr.languages.recognisers import installed_recognisers, model_file
from captionacc_media.ocr.protocol import OcrEngine, OcrPage, OcrReading, RgbImage
from captionacc_media.ocr.rapid import RapidOcr
from captionacc_media.ocr.tesseract.engine import Tesseract
from captionacc_media.ocr.tesseract.program import installed_languages


def installed_here(folder: Path) -> Installed:
    """What this machine has to read with, with the recognisers of ``folder``. Blocks for 20 ms."""
    return Installed(recognisers=installed_recognisers(folder), tesseract=installed_languages())


class LocalOcr:
    """The engines of this machine as one.

    Args:
        folder: where the recognisers are that a person installed.
        workers: pictures at a time, for each engine.
    """

    def __init__(self, *, folder: Path, workers: int = 1) -> None:
        self._folder = folder
        self._workers = workers
        self._default = RapidOcr(workers=workers)
        self._engines: dict[Choice, OcrEngine] = {}
        self._last: OcrEngine = self._default

    @property
    def name(self) -> str:
        """The engine of the latest reading: one process reads one video, in one language."""
        return self._last.name

    async def read(
        self, images: Sequence[RgbImage], language: str | None = None, *, crops: bool = False
    ) -> OcrReading:
        """Read with the engine that knows ``language``.

        When there is none, the boxes are found all the same, and each says that it is unreadable.

        Raises:
            PermanentError: ``language_invalid``, or what the engine raises.
            TransientError: what the engine raises.
        """
        wanted = parse_optional_language(language)
        choice = choose_engine(wanted, Installed())
        if choice.engine is not Engine.DEFAULT:
            installed = await asyncio.to_thread(installed_here, self._folder)
            choice = choose_engine(wanted, installed)
        self._last = self._engine(choice)
        reading = await self._last.read(images, language, crops=crops)
        if choice.engine is None:
            return _unreadable(reading)
        return reading

    def _engine(self, choice: Choice) -> OcrEngine:
        if choice not in self._engines:
            self._engines[choice] = self._made(choice)
        return self._engines[choice]

    def _made(self, choice: Choice) -> OcrEngine:
        if choice.engine is Engine.TESSERACT and choice.tesseract:
            return Tesseract([choice.tesseract], workers=self._workers)
        if choice.engine is Engine.RECOGNISER and choice.recogniser:
            return RapidOcr(
                workers=self._workers,
                model=model_file(self._folder, choice.recogniser),
                model_name=f"PP-OCRv5 {choice.recogniser}",
            )
        return self._default


def _unreadable(reading: OcrReading) -> OcrReading:
    return OcrReading(
        pages=[
            OcrPage(
                boxes=[
                    msgspec.structs.replace(box, confidence=0.0, readable=False)
                    for box in page.boxes
                ],
                error=page.error,
            )
            for page in reading.pages
        ],
        units=reading.units,
    )

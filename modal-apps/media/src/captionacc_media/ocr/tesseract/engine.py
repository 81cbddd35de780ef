"""Reads lines with Tesseract. The detector of RapidOCR finds them, in every script."""

import asyncio
import queue
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError

from captionacc_media.ocr.montage import plan_sheets
from captionacc_media.ocr.protocol import OcrPage, OcrReading, RgbImage
from captionacc_media.ocr.recognition.confidence import (
    is_tesseract_readable,
    tesseract_confidence,
)
from captionacc_media.ocr.recognition.line_detector import FoundLine, LineDetector
from captionacc_media.ocr.recognition.line_recogniser import LineImage
from captionacc_media.ocr.tesseract.answer import LineText, line_texts
from captionacc_media.ocr.tesseract.line_pictures import GreyImage, bright_on_dark, dark_on_bright
from captionacc_media.ocr.tesseract.program import PROGRAM
from captionacc_media.refused_memory import raise_refused_memory
from captionacc_media.text.boxes import TextBox

_LINES_A_PROCESS = 24
"""Lines that one process reads: starting Tesseract costs as much as two or three lines."""
_SECONDS_A_LINE = 5.0
"""Limit for a line; usual is a tenth of a second."""
_START_TIMEOUT_S = 20.0
_UNSURE = 0.5
"""A line of bright text that is read with less confidence is also read as dark text."""
_WORDS_ARE_CUT = frozenset({"tha", "kor", "jpn", "chi_sim", "chi_tra", "khm", "lao", "mya"})
"""Tesseract's names of languages whose words it cuts into syllables or characters."""

_AsPictures = Callable[[LineImage], list[GreyImage]]


class Tesseract:
    """Reads up to ``workers`` pictures at a time, each in one processor thread.

    Args:
        languages: Tesseract's names of the languages that the text may be in, such as ``rus``.
        workers: pictures, and processes of Tesseract, at a time.
    """

    def __init__(self, languages: Sequence[str], *, workers: int = 1) -> None:
        self._languages = "+".join(languages)
        self._words_are_cut = bool(_WORDS_ARE_CUT.intersection(languages))
        self._detectors: queue.SimpleQueue[LineDetector] = queue.SimpleQueue()
        self._places = asyncio.Semaphore(workers)

    @property
    def name(self) -> str:
        return f"tesseract {self._languages}"

    async def read(
        self, images: Sequence[RgbImage], language: str | None = None, *, crops: bool = False
    ) -> OcrReading:
        """Read every image in the languages of the engine.

        Units are the sheets that would have gone to a cloud engine.

        Raises:
            PermanentError: ``ocr_failed`` when Tesseract refuses the work, ``ocr_unavailable`` when
                it is not installed.
            TransientError: ``ocr_unavailable`` when Tesseract does not answer in time.
        """
        del language
        sizes = [(image.shape[1], image.shape[0]) for image in images]
        found = await asyncio.gather(*(self._find(image, crops) for image in images))
        lines = [line for page in found if isinstance(page, list) for line in page]
        texts = iter(await self._texts([line.image for line in lines]))
        pages = [
            OcrPage(error=page)
            if isinstance(page, str)
            else OcrPage(boxes=[_box(line, next(texts)) for line in page])
            for page in found
        ]
        return OcrReading(pages=pages, units=len(plan_sheets(sizes)))

    async def _find(self, image: RgbImage, is_crop: bool) -> list[FoundLine] | str:
        async with self._places:
            return await asyncio.to_thread(self._find_in_thread, image, is_crop)

    def _find_in_thread(self, image: RgbImage, is_crop: bool) -> list[FoundLine] | str:
        try:
            detector = self._detectors.get_nowait()
        except queue.Empty:
            detector = LineDetector()
        try:
            return detector.find(image, is_crop=is_crop)
        except Exception as error:  # noqa: BLE001 - the runtime's errors have no public common class
            raise_refused_memory(error)
            return f"RapidOCR could not find the lines of the picture: {type(error).__name__}."
        finally:
            self._detectors.put(detector)

    async def _texts(self, lines: Sequence[LineImage]) -> list[LineText]:
        texts = await self._best(lines, bright_on_dark)
        unsure = [at for at, text in enumerate(texts) if text.mean < _UNSURE]
        other = await self._best([lines[at] for at in unsure], dark_on_bright)
        for at, text in zip(unsure, other, strict=True):
            texts[at] = max(texts[at], text, key=_quality)
        return texts

    async def _best(self, lines: Sequence[LineImage], as_pictures: _AsPictures) -> list[LineText]:
        """The best reading of each line in the pictures that ``as_pictures`` makes of it."""
        batches = [
            lines[start : start + _LINES_A_PROCESS]
            for start in range(0, len(lines), _LINES_A_PROCESS)
        ]
        read = await asyncio.gather(*(self._read_batch(batch, as_pictures) for batch in batches))
        return [text for batch in read for text in batch]

    async def _read_batch(
        self, lines: Sequence[LineImage], as_pictures: _AsPictures
    ) -> list[LineText]:
        async with self._places:
            with tempfile.TemporaryDirectory(prefix="captionacc-tesseract-") as folder:
                counts = await asyncio.to_thread(_write, Path(folder), lines, as_pictures)
                limit_s = _START_TIMEOUT_S + _SECONDS_A_LINE * sum(counts)
                table = await _run(Path(folder), self._languages, limit_s)
        try:
            texts = iter(line_texts(table, sum(counts), words_are_cut=self._words_are_cut))
        except ValueError as error:
            raise PermanentError(ErrorCode.OCR_FAILED, f"{error}.") from error
        return [max((next(texts) for _ in range(count)), key=_quality) for count in counts]


def _quality(text: LineText) -> float:
    return text.mean


def _box(line: FoundLine, text: LineText) -> TextBox:
    return TextBox(
        text=text.text,
        confidence=tesseract_confidence(text.confidences),
        readable=is_tesseract_readable(text.confidences),
        left=line.left,
        top=line.top,
        right=line.right,
        bottom=line.bottom,
    )


_LIST = "pictures.txt"


def _write(folder: Path, lines: Sequence[LineImage], as_pictures: _AsPictures) -> list[int]:
    """Write the pictures of all lines and their list; returns how many pictures each line has."""
    names: list[str] = []
    counts: list[int] = []
    for line in lines:
        pictures = as_pictures(line)
        counts.append(len(pictures))
        for picture in pictures:
            name = str(folder / f"{len(names)}.png")
            cv2.imwrite(name, picture)
            names.append(name)
    (folder / _LIST).write_text("\n".join(names))
    return counts


async def _run(folder: Path, languages: str, limit_s: float) -> str:
    """What Tesseract prints about the pictures of the list in ``folder``."""
    options = ("-l", languages, "--psm", "7", "--dpi", "70")
    try:
        process = await asyncio.create_subprocess_exec(
            # Tesseract's own threads make one picture slower; we run several processes instead.
            *("env", "OMP_THREAD_LIMIT=1", PROGRAM, str(folder / _LIST), "stdout", *options, "tsv"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except FileNotFoundError as error:
        raise PermanentError(
            ErrorCode.OCR_UNAVAILABLE, "The program env, which starts Tesseract, is not installed."
        ) from error
    try:
        answer, complaint = await asyncio.wait_for(process.communicate(), limit_s)
    except TimeoutError as error:
        raise TransientError(
            ErrorCode.OCR_UNAVAILABLE, f"Tesseract did not answer within {limit_s:.0f} s."
        ) from error
    finally:
        # Also when this call is cancelled: the process must not outlive it.
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        said = complaint.decode(errors="replace").strip().splitlines()
        raise PermanentError(
            ErrorCode.OCR_FAILED,
            f"Tesseract failed with status {process.returncode}: "
            f"{said[-1] if said else 'it gave no reason'}. Check that it is installed with the "
            f"language {languages}: `tesseract --list-langs`.",
        )
    return answer.decode(errors="replace")

"""RapidOCR with the PP-OCRv6 models of its wheel. It needs neither a network nor an account."""

import asyncio
import queue
from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from captionacc_contracts.errors import ErrorCode, PermanentError

from captionacc_media.ocr.montage import plan_sheets
from captionacc_media.ocr.protocol import OcrPage, OcrReading, RgbImage
from captionacc_media.text.boxes import TextBox

_DETECTOR = "PP-OCRv6_det_small.onnx"
_RECOGNISER = "PP-OCRv6_rec_small.onnx"
_DETECTOR_LONG_SIDE = 960
_MIN_CONFIDENCE = 0.5


def _reader() -> Any:
    # Imported here because the import takes a second, which only readers should pay.
    from rapidocr import RapidOCR

    models = files("rapidocr") / "models"
    paths = {"Det": models / _DETECTOR, "Rec": models / _RECOGNISER}
    for path in paths.values():
        if not path.is_file():
            raise PermanentError(
                ErrorCode.MODEL_INVALID,
                f"The OCR model {path} is missing. Install the rapidocr version of the lock file.",
            )
    parameters: dict[str, Any] = {
        "Global.log_level": "error",
        "Global.text_score": _MIN_CONFIDENCE,
        # With explicit paths the library never downloads a model.
        "Det.model_path": str(paths["Det"]),
        "Rec.model_path": str(paths["Rec"]),
        # By default the library enlarges the short side to 736, which makes a crop enormous.
        "Det.limit_type": "max",
        "Det.limit_side_len": _DETECTOR_LONG_SIDE,
        # More threads take a third more processor time for little gain; more workers scale better.
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    return RapidOCR(params=parameters)


def _read(reader: Any, image: RgbImage) -> OcrPage:
    # The library expects blue first. It keeps these switches between calls, so all are passed.
    try:
        result = reader(
            image[:, :, ::-1].copy(),
            use_det=True,
            use_cls=False,
            use_rec=True,
            return_word_box=False,
        )
    except Exception as error:  # noqa: BLE001 - the library raises bare exceptions of many kinds
        return OcrPage(error=f"RapidOCR could not read the picture: {type(error).__name__}.")
    if result.boxes is None or result.txts is None:
        return OcrPage()
    height, width = image.shape[:2]
    boxes = []
    for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        xs, ys = corners[:, 0], corners[:, 1]
        box = TextBox(
            text=text,
            confidence=float(score),
            left=max(0.0, float(xs.min())),
            top=max(0.0, float(ys.min())),
            right=min(float(width), float(xs.max())),
            bottom=min(float(height), float(ys.max())),
        )
        if box.width > 0 and box.height > 0:
            boxes.append(box)
    return OcrPage(boxes=boxes)


class RapidOcr:
    """Reads up to ``workers`` pictures at a time, each in one processor thread.

    The models read Chinese, English and Japanese together, so the language hint has no effect.
    """

    def __init__(self, *, workers: int = 1) -> None:
        self._workers = workers
        self._readers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._places = asyncio.Semaphore(workers)

    @property
    def name(self) -> str:
        return f"rapidocr {version('rapidocr')} PP-OCRv6 small"

    async def read(self, images: Sequence[RgbImage], language: str | None = None) -> OcrReading:
        """Read every image. Units are the sheets that would have gone to a cloud engine."""
        del language
        sizes = [(image.shape[1], image.shape[0]) for image in images]
        pages = await asyncio.gather(*(self._read_one(image) for image in images))
        return OcrReading(pages=list(pages), units=len(plan_sheets(sizes)))

    async def _read_one(self, image: RgbImage) -> OcrPage:
        async with self._places:
            return await asyncio.to_thread(self._in_thread, image)

    def _in_thread(self, image: RgbImage) -> OcrPage:
        try:
            reader = self._readers.get_nowait()
        except queue.Empty:
            reader = _reader()
        try:
            return _read(reader, image)
        finally:
            self._readers.put(reader)

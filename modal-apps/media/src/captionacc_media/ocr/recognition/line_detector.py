"""Finds lines of text in pictures with the detector of RapidOCR, which works in every script."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from captionacc_contracts.errors import ErrorCode, PermanentError
from numpy.typing import NDArray

from captionacc_media.ocr.protocol import RgbImage
from captionacc_media.ocr.recognition.line_recogniser import LineImage

_DETECTOR = "PP-OCRv6_det_small.onnx"
_LONG_SIDE = 960
"""Pixels; a larger picture is shrunk until its longer side has this many."""
_BLOCK = 32
"""Pixels; the library stretches each side of the shrunk picture to a multiple of this."""
_FLATTEST = 8
"""The library puts black rows above and below a picture with a larger width over height."""


class FoundLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of text: its edges in pixels of the picture, and its own picture, made upright."""

    left: float
    top: float
    right: float
    bottom: float
    image: LineImage


class LineDetector:
    """One detector. Several threads may use it at a time.

    Raises:
        PermanentError: ``model_invalid`` when the package lacks its model.
    """

    def __init__(self) -> None:
        # Imported here because the import takes a second, which only readers should pay.
        from rapidocr import RapidOCR

        parameters: dict[str, Any] = {
            "Global.log_level": "error",
            # With an explicit path the library never downloads a model.
            "Det.model_path": str(packaged_model(_DETECTOR)),
            # By default the library enlarges the short side to 736, which makes a crop enormous.
            "Det.limit_type": "max",
            "Det.limit_side_len": _LONG_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
        self._library = RapidOCR(params=parameters)

    def find(self, image: RgbImage) -> list[FoundLine]:
        """The lines of ``image``, from top to bottom."""
        from rapidocr.utils.process_img import get_rotate_crop_image

        # The library expects blue first.
        blue_first = image[:, :, ::-1].copy()
        # What the call returns depends on its switches; with these it is the detector's boxes.
        found: Any = self._library(blue_first, use_det=True, use_cls=False, use_rec=False)
        if found.boxes is None:
            return []
        lines = [
            _found_line(corners, get_rotate_crop_image(blue_first, corners), image)
            for corners in found.boxes.astype(np.float32)
            if _is_seen(corners)
        ]
        return [line for line in lines if line.image.size]


def row_step(width: int) -> float:
    """Rows of a picture that is ``width`` pixels wide keep their shape in the detector when their
    height is a multiple of this many pixels.
    """
    return _BLOCK / _shrinking(width)


def least_rows(width: int) -> float:
    """The height in pixels from which a picture ``width`` pixels wide is not made taller."""
    return width / _FLATTEST


def worth_cutting(width: int, height: int) -> float:
    """The share of a picture's rows (0 to 1) that takes the detector as long as the whole picture.

    A tall picture is shrunk more than its rows are.
    """
    return (_shrinking(max(width, height)) / _shrinking(width)) ** 2


def _shrinking(side: int) -> float:
    return min(1.0, _LONG_SIDE / side)


def packaged_model(name: str) -> Path:
    """The path of a model in the wheel of RapidOCR.

    Raises:
        PermanentError: ``model_invalid`` when it is missing.
    """
    path = Path(str(files("rapidocr") / "models" / name))
    if not path.is_file():
        raise PermanentError(
            ErrorCode.MODEL_INVALID,
            f"The OCR model {path} is missing. Install the rapidocr version of the lock file.",
        )
    return path


def _is_seen(corners: NDArray[np.float32]) -> bool:
    """Whether the box is at least one pixel wide and high; others have no picture."""
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    return bool(max(sides[0], sides[2]) >= 1 and max(sides[1], sides[3]) >= 1)


def _found_line(corners: NDArray[np.float32], line: LineImage, image: RgbImage) -> FoundLine:
    height, width = image.shape[:2]
    xs, ys = corners[:, 0], corners[:, 1]
    return FoundLine(
        left=max(0.0, float(xs.min())),
        top=max(0.0, float(ys.min())),
        right=min(float(width), float(xs.max())),
        bottom=min(float(height), float(ys.max())),
        image=line,
    )

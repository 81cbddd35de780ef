"""Finds lines of text in pictures with the detector of PP-OCR, which works in every script.

How a line is cut out and made upright is adapted from RapidOCR: Copyright (c) 2021 RapidAI, Apache
License 2.0, of which ``modal-apps/media/licenses`` has the text. Changed: the line's edges go with
its picture.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import msgspec
import numpy as np
import onnxruntime
from captionacc_contracts.errors import ErrorCode, PermanentError
from numpy.typing import NDArray

from captionacc_media.ocr.protocol import RgbImage
from captionacc_media.ocr.recognition.line_recogniser import LineImage
from captionacc_media.ocr.recognition.text_map_boxes import (
    Corners,
    in_reading_order,
    line_boxes,
)

_DETECTOR = "PP-OCRv6_det_small.onnx"
_LONG_SIDE = 640
"""Pixels; a larger picture is shrunk until its longer side has this many. All lines of
credits with letters of 2 % of the picture's height are found, as with 960 in twice the time."""
_LONG_SIDE_OF_CROP = 960
"""The same for a crop in full size, which may be much wider than its letters."""
_BLOCK = 32
"""Pixels; the detector takes sides that are multiples of this."""
_CROP_ROWS, _CROP_MARGIN = 56, 4
"""Rows of a shrunk crop, and black rows above and below them: together two blocks. One line of a
crop for two lines then has letters of 10 to 12 pixels, which the detector finds as surely as larger
ones."""
_LEAST_SCALE = 0.4
"""Crops are not shrunk further: a tall crop may hold lines that are small in it."""
_FLAT = 2
"""A crop at least this many times as wide as high holds lines, not columns."""
_THIN, _THICK = 10, 0.9
"""A line that is thinner than this many pixels in a shrunk crop, or thicker than this share of its
rows, is looked at in full size. A crop has room around its lines, so a thicker line is more than a
line."""
_THINNEST = 4
"""Pixels of the picture; thinner boxes are specks."""


class FoundLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of text: its edges in pixels of the picture, and its own picture, made upright."""

    left: float
    top: float
    right: float
    bottom: float
    image: LineImage


class LineDetector:
    """One detector. Several threads may use it at a time.

    RapidOCR's own class takes a second to import, and makes flat pictures twice as high; that is
    why we run the model ourselves.

    Raises:
        PermanentError: ``model_invalid`` when the package lacks its model.
    """

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        # More workers scale better than more threads.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.enable_cpu_mem_arena = False
        # The runtime would keep a plan of its memory for each size of a picture.
        options.enable_mem_pattern = False
        self._session = onnxruntime.InferenceSession(
            str(packaged_model(_DETECTOR)), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def find(self, image: RgbImage, *, is_crop: bool = False) -> list[FoundLine]:
        """The lines of ``image``, from top to bottom.

        Args:
            image: the picture.
            is_crop: whether the picture is a crop around captions. Their letters fill much of its
                height, so a shrunk crop is enough.
        """
        # The models expect blue first.
        blue_first = np.ascontiguousarray(image[:, :, ::-1])
        return [
            line
            for corners in self._boxes(blue_first, is_crop=is_crop)
            if (line := _found_line(corners, blue_first)).image.size
        ]

    def _boxes(self, image: LineImage, *, is_crop: bool) -> list[Corners]:
        height, width = image.shape[:2]
        margin = _CROP_MARGIN if is_crop else 0
        most = _LONG_SIDE_OF_CROP if is_crop else _LONG_SIDE
        full = min(1.0, most / max(width, height))
        if is_crop and width >= _FLAT * height:
            scale = max(_LEAST_SCALE, _CROP_ROWS / height)
            if scale < full:
                boxes = self._boxes_at(image, scale, margin)
                thicknesses = [_thickness(box) for box in boxes] or [0.0]
                if min(thicknesses) * scale >= _THIN and max(thicknesses) <= _THICK * height:
                    return boxes
        return self._boxes_at(image, full, margin)

    def _boxes_at(self, image: LineImage, scale: float, margin: int) -> list[Corners]:
        """The boxes, in pixels of ``image``, that are found in the scaled picture."""
        height, width = image.shape[:2]
        size = max(1, round(width * scale)), max(1, round(height * scale))
        resized = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        down, along = _blocks(size[1] + 2 * margin), _blocks(size[0])
        left, top = (along - size[0]) // 2, (down - size[1]) // 2
        padded = np.full((down, along, 3), -1, np.float32)
        padded[top : top + size[1], left : left + size[0]] = resized.astype(np.float32) / 127.5 - 1
        [maps] = self._session.run(None, {self._input: padded.transpose(2, 0, 1)[None]})
        corner = np.array([left, top], np.float32)
        shares = np.array([size[0] / width, size[1] / height], np.float32)
        most = np.array([width - 1, height - 1], np.float32)
        boxes = [
            np.clip(np.round((box - corner) / shares), 0, most).astype(np.float32)
            for box in line_boxes(np.asarray(maps[0, 0]))
        ]
        return in_reading_order([box for box in boxes if min(_sides(box)) >= _THINNEST])


def row_step(width: int) -> float:
    """Rows of a picture that is ``width`` pixels wide are not made higher for the detector when
    their height is a multiple of this many pixels.
    """
    return _BLOCK / _shrinking(width)


def worth_cutting(width: int, height: int) -> float:
    """The share of a picture's rows (0 to 1) that takes the detector as long as the whole picture.

    A tall picture is shrunk more than its rows are.
    """
    return (_shrinking(max(width, height)) / _shrinking(width)) ** 2


def _shrinking(side: int) -> float:
    return min(1.0, _LONG_SIDE / side)


def _blocks(pixels: int) -> int:
    return -(-pixels // _BLOCK) * _BLOCK


def packaged_model(name: str) -> Path:
    """The path of a model in the wheel of RapidOCR, which is not imported.

    Raises:
        PermanentError: ``model_invalid`` when it is missing.
    """
    package = find_spec("rapidocr")
    folders = [] if package is None else package.submodule_search_locations or []
    for folder in folders:
        path = Path(folder) / "models" / name
        if path.is_file():
            return path
    raise PermanentError(
        ErrorCode.MODEL_INVALID,
        f"The OCR model {name} is missing. Install the rapidocr version of the lock file.",
    )


def _sides(corners: Corners) -> Iterator[float]:
    """Width and height of a box; the longer one of two opposite sides."""
    lengths = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    yield float(max(lengths[0], lengths[2]))
    yield float(max(lengths[1], lengths[3]))


def _thickness(corners: Corners) -> float:
    return min(_sides(corners))


_UPRIGHT = 1.5
"""A line this many times as high as wide is turned to the left: its letters lie."""


def _found_line(corners: Corners, blue_first: LineImage) -> FoundLine:
    xs, ys = corners[:, 0], corners[:, 1]
    width, height = (int(side) for side in _sides(corners))
    straight = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    line: NDArray[np.uint8] = np.asarray(
        cv2.warpPerspective(
            blue_first,
            cv2.getPerspectiveTransform(corners, straight),
            (width, height),
            borderMode=cv2.BORDER_REPLICATE,
            flags=cv2.INTER_CUBIC,
        ),
        np.uint8,
    )
    return FoundLine(
        left=float(xs.min()),
        top=float(ys.min()),
        right=float(xs.max()),
        bottom=float(ys.max()),
        image=np.rot90(line) if height >= _UPRIGHT * width else line,
    )

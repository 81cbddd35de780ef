"""Runs a recogniser of the PP-OCR family on pictures of single lines.

How a picture is scaled and padded is adapted from RapidOCR: Copyright (c) 2021 RapidAI, Apache
License 2.0, of which ``modal-apps/media/licenses`` has the text. Changed: lines are read one at a
time.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from captionacc_contracts.errors import ErrorCode, PermanentError
from numpy.typing import NDArray

from captionacc_media.ocr.recognition.ctc import LineReading, read_columns
from captionacc_media.refused_memory import raise_refused_memory

LineImage = NDArray[np.uint8]
"""A picture of one line of text, height x width x 3; the first of the three colours is blue."""

_HEIGHT = 48
"""Pixels; the recognisers were trained at this height."""
_LEAST_ASPECT = 320 / 48
"""Narrower lines are padded to this width over height, as in the training of the recognisers."""


class LineRecogniser:
    """One recogniser. Several threads may use it at a time.

    RapidOCR's own class keeps only the mean probability of the characters, which does not show
    that a letter is missing; that is why we run the model ourselves.

    Raises:
        PermanentError: ``model_invalid`` when ``model`` is not a recogniser with its characters.
    """

    def __init__(self, model: Path) -> None:
        options = onnxruntime.SessionOptions()
        # More threads take a third more processor time for little gain; more workers scale better.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.enable_cpu_mem_arena = False
        # The runtime would keep a plan of its memory for each width of a line.
        options.enable_mem_pattern = False
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), sess_options=options, providers=["CPUExecutionProvider"]
            )
            listed = self._session.get_modelmeta().custom_metadata_map["character"]
        except Exception as error:
            raise_refused_memory(error)
            # The runtime's errors have no public common class.
            raise PermanentError(
                ErrorCode.MODEL_INVALID,
                f"The OCR model {model} is not a recogniser that can be used. Delete the file and "
                "install its language again with `captionacc languages install`.",
            ) from error
        self._input = self._session.get_inputs()[0].name
        self._characters = ["", *listed.splitlines(), " "]
        self.characters = frozenset(self._characters)
        """The characters that the model knows."""

    def read(self, lines: Sequence[LineImage]) -> list[LineReading]:
        """Read every line, in the order of ``lines``."""
        return [self._read_line(line) for line in lines]

    def _read_line(self, line: LineImage) -> LineReading:
        # Lines are read one at a time. Lines that are read together are padded to the widest of
        # them, and take a sixth more time per line and several times the memory.
        aspect = line.shape[1] / line.shape[0]
        inputs = _input(line, int(_HEIGHT * max(_LEAST_ASPECT, aspect)))[None]
        [outputs] = self._session.run(None, {self._input: inputs})
        return read_columns(outputs[0], self._characters, aspect)


def _input(line: LineImage, width: int) -> NDArray[np.float32]:
    height, own_width = line.shape[:2]
    scaled = min(width, -(-_HEIGHT * own_width // height))
    resized = cv2.resize(line, (scaled, _HEIGHT)).astype(np.float32) / 127.5 - 1
    padded = np.zeros((3, _HEIGHT, width), np.float32)
    padded[:, :, :scaled] = resized.transpose(2, 0, 1)
    return padded

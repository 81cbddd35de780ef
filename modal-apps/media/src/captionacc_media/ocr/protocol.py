"""What an OCR engine is asked and what it answers."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

RgbImage = NDArray[np.uint8]
"""Height x width x 3, red first."""


class OcrBox(msgspec.Struct, frozen=True, kw_only=True):
    """Text and where it stands, in pixels of its image; right and bottom are exclusive."""

    text: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def centre_y(self) -> float:
        return (self.top + self.bottom) / 2


class OcrPage(msgspec.Struct, frozen=True, kw_only=True):
    """The boxes of one image, a box a line of text; none when there is no text.

    ``error`` is a sentence that says why the image could not be read; ``boxes`` is empty then.
    """

    boxes: list[OcrBox] = []
    error: str | None = None


class OcrReading(msgspec.Struct, frozen=True, kw_only=True):
    """One page an image, in the order asked.

    ``units`` is how many images the cloud engine bills, or would have billed for the same pictures.
    """

    pages: list[OcrPage]
    units: int = 0


class OcrEngine(Protocol):
    """Reads the text of pictures. ``name`` says engine and model; it is stored with results."""

    @property
    def name(self) -> str: ...

    async def read(self, images: Sequence[RgbImage], language: str | None = None) -> OcrReading:
        """Read every image; one that cannot be read has an error on its own page.

        ``language`` is a BCP 47 hint such as ``zh``.

        Raises:
            TransientError: ``ocr_unavailable`` when the engine as a whole does not answer.
            PermanentError: ``ocr_failed`` when it refuses (credentials, request).
        """
        ...

"""The protocol of OCR engines: what they are asked and what they answer."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from captionacc_media.text.boxes import TextBox

RgbImage = NDArray[np.uint8]
"""Height x width x 3; the first of the three colours is red."""


class OcrPage(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine read in one image.

    ``boxes`` holds one box per line of text, in pixels of the image. ``error`` is a sentence that
    says why the image could not be read; ``boxes`` is empty in that case.
    """

    boxes: list[TextBox] = []
    error: str | None = None


class OcrReading(msgspec.Struct, frozen=True, kw_only=True):
    """One page per image, in the order of the images.

    ``units`` is how many images the cloud engine bills, or would have billed for the same pictures.
    """

    pages: list[OcrPage]
    units: int = 0


class OcrEngine(Protocol):
    """Reads the text of pictures."""

    @property
    def name(self) -> str:
        """Engine and model; stored with the results."""
        ...

    async def read(
        self, images: Sequence[RgbImage], language: str | None = None, *, crops: bool = False
    ) -> OcrReading:
        """Read every image. The page of an unreadable image carries the error.

        Args:
            images: pictures of any sizes.
            language: a BCP 47 tag such as ``zh``; a hint that an engine may ignore.
            crops: whether the pictures are crops around captions; a hint that saves time.

        Raises:
            TransientError: ``ocr_unavailable`` when the engine as a whole does not answer.
            PermanentError: ``ocr_failed`` when the engine refuses the request or the credentials.
        """
        ...

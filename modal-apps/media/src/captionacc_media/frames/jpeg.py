"""Converts frames to upright RGB arrays and to JPEG."""

import io

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from captionacc_media.frames.container import upright

QUALITY = 88
"""Of the stored full frames; set by hand."""


def upright_rgb(frame: av.VideoFrame, rotation: int) -> npt.NDArray[np.uint8]:
    """The picture as displayed: height x width x 3, RGB."""
    stored = frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
    return upright(stored, rotation)


def encode_jpeg(rgb: npt.NDArray[np.uint8]) -> bytes:
    """Encode a height x width x 3 RGB picture as JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()

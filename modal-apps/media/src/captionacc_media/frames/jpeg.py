"""Converts frames to RGB arrays in the displayed shape and to JPEG."""

import io

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from captionacc_media.frames.container import VideoSource, upright
from captionacc_media.frames.tone_mapping import is_hdr, tone_mapped

QUALITY = 88
"""Of the stored full frames; set by hand."""


def displayed_rgb(frame: av.VideoFrame, source: VideoSource) -> npt.NDArray[np.uint8]:
    """The picture in the displayed shape: height x width x 3, RGB, with the colours as stored."""
    width, height = source.unturned_size
    pixels = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
    return upright(pixels.astype(np.uint8, copy=False), source.rotation)


def people_rgb(
    frame: av.VideoFrame, source: VideoSource, displayed: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """The picture as people should see it.

    Args:
        frame: the picture.
        source: its video.
        displayed: the result of :func:`displayed_rgb` for ``frame``. It serves for people too,
            unless the video is HDR: such colours look grey and dark on an ordinary screen.
    """
    if not is_hdr(frame):
        return displayed
    return upright(tone_mapped(frame, *source.unturned_size), source.rotation)


def encode_jpeg(rgb: npt.NDArray[np.uint8]) -> bytes:
    """Encode a height x width x 3 RGB picture as JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()

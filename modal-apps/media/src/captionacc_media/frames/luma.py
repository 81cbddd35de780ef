"""The luma of decoded pictures, in the displayed shape."""

import av
import numpy as np
import numpy.typing as npt

from captionacc_media.frames.container import VideoSource, upright

Plane = npt.NDArray[np.uint8]

_PLANAR = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12"})
"""Formats whose plane 0 is the luma in 8 bits."""


def plane_pixels(frame: av.VideoFrame, number: int) -> Plane:
    """Plane ``number`` of a planar 8-bit frame, as a view of the frame's memory."""
    plane = frame.planes[number]
    pixels = np.frombuffer(plane, dtype=np.uint8)  # type: ignore[call-overload]
    rows: Plane = pixels.reshape(-1, plane.line_size)[: plane.height, : plane.width]
    return rows


def upright_copy(view: Plane, rotation: int) -> Plane:
    """A copy of a plane as displayed: the decoder reuses the memory of a deleted frame."""
    return np.array(upright(view, rotation), order="C", copy=True)


def displayed_luma(frame: av.VideoFrame, source: VideoSource) -> Plane:
    """The luma of a picture as displayed, height x width, in the range that the stream has."""
    width, height = source.unturned_size
    name = frame.format.name
    # Nothing is copied when neither the size nor the format changes.
    planar = frame.reformat(width=width, height=height, format=name if name in _PLANAR else "gray")
    return upright_copy(plane_pixels(planar, 0), source.rotation)

"""Cuts a crop region out of decoded pictures, upright and in YUV."""

from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.geometry import CropRegion

from captionacc_media.frames.container import VideoSource
from captionacc_media.frames.luma import Plane, plane_pixels, upright_copy

MIN_SIDE = 16
"""Smallest side of a crop in pixels."""


@dataclass(frozen=True, kw_only=True)
class YuvPicture:
    """A picture in ``yuv420p``: ``luma`` is H x W with even sides, ``u`` and ``v`` H/2 x W/2."""

    luma: Plane
    u: Plane
    v: Plane

    @property
    def width(self) -> int:
        return int(self.luma.shape[1])

    @property
    def height(self) -> int:
        return int(self.luma.shape[0])

    def to_frame(self) -> av.VideoFrame:
        """Copy the picture into a new frame."""
        frame = av.VideoFrame(self.width, self.height, "yuv420p")
        for number, plane in enumerate((self.luma, self.u, self.v)):
            plane_pixels(frame, number)[:] = plane
        return frame

    def to_rgb(self) -> npt.NDArray[np.uint8]:
        """Convert to H x W x 3 RGB."""
        return np.asarray(self.to_frame().to_ndarray(format="rgb24"), dtype=np.uint8)


@dataclass(frozen=True, kw_only=True)
class PixelRectangle:
    """Even edges in pixels of the stored picture; ``right`` and ``bottom`` are exclusive."""

    left: int
    top: int
    right: int
    bottom: int


def even_span(low: float, high: float, size: int) -> tuple[int, int]:
    """The even pixels ``[start, end)`` that cover the shares ``low`` to ``high`` of a side.

    The span has at least ``MIN_SIDE`` pixels. The last pixel of an odd side is left out.

    Args:
        low: start as a share (0 to 1) of the side.
        high: end as a share of the side.
        size: pixels of the side.
    """
    limit = size - size % 2
    # Rounding noise of up to a millionth of a pixel must not add two pixels to the span.
    start = int((low * size + 1e-6) // 2) * 2
    end = -int((-high * size + 1e-6) // 2) * 2
    end = min(end, limit)
    missing = MIN_SIDE - (end - start)
    if missing > 0:
        start -= (missing // 2 + 1) // 2 * 2
        start = max(0, min(start, limit - MIN_SIDE))
        end = start + MIN_SIDE
    return start, end


def stored_rectangle(region: CropRegion, source: VideoSource) -> PixelRectangle:
    """Convert ``region``, in shares of the displayed picture, to pixels of the stored picture.

    Raises:
        PermanentError: ``crop_region_invalid`` when a side of the picture is below ``MIN_SIDE``.
    """
    if min(source.width, source.height) < MIN_SIDE:
        raise PermanentError(
            ErrorCode.CROP_REGION_INVALID,
            f"The picture has {source.width}x{source.height} pixels; "
            f"each side needs at least {MIN_SIDE}. Upload a larger video.",
        )
    left, top = region.crop_left, region.crop_top
    right, bottom = region.crop_right, region.crop_bottom
    width, height = source.width, source.height
    match source.rotation:
        case 90:
            left, top, right, bottom = top, 1 - right, bottom, 1 - left
        case 180:
            left, top, right, bottom = 1 - right, 1 - bottom, 1 - left, 1 - top
        case 270:
            left, top, right, bottom = 1 - bottom, left, 1 - top, right
        case _:
            pass
    if source.rotation in (90, 270):
        width, height = height, width
    start_x, end_x = even_span(left, right, width)
    start_y, end_y = even_span(top, bottom, height)
    return PixelRectangle(left=start_x, top=start_y, right=end_x, bottom=end_y)


class Cropper:
    """Cuts one region out of every picture of a source; all crops have the same size."""

    def __init__(self, source: VideoSource, region: CropRegion) -> None:
        self._rectangle = stored_rectangle(region, source)
        self._rotation = source.rotation
        sides = source.width, source.height
        self._stored_size = sides[::-1] if source.rotation in (90, 270) else sides
        width = self._rectangle.right - self._rectangle.left
        height = self._rectangle.bottom - self._rectangle.top
        self.width, self.height = (
            (height, width) if source.rotation in (90, 270) else (width, height)
        )

    def cut(self, frame: av.VideoFrame) -> YuvPicture:
        """Copy the region of ``frame``, upright and in limited range."""
        frame = self._as_yuv420p(frame)
        area = self._rectangle
        luma = plane_pixels(frame, 0)[area.top : area.bottom, area.left : area.right]
        chroma = slice(area.top // 2, area.bottom // 2), slice(area.left // 2, area.right // 2)
        return YuvPicture(
            luma=upright_copy(luma, self._rotation),
            u=upright_copy(plane_pixels(frame, 1)[chroma], self._rotation),
            v=upright_copy(plane_pixels(frame, 2)[chroma], self._rotation),
        )

    def _as_yuv420p(self, frame: av.VideoFrame) -> av.VideoFrame:
        full_range = frame.format.name.startswith("yuvj") or frame.color_range == ColorRange.JPEG
        # A stream may change its picture size; the crops keep the first size.
        resized = (frame.width, frame.height) != self._stored_size
        if frame.format.name == "yuv420p" and not full_range and not resized:
            return frame
        width, height = self._stored_size
        return frame.reformat(
            width=width,
            height=height,
            format="yuv420p",
            src_color_range=ColorRange.JPEG if full_range else None,
            dst_color_range=ColorRange.MPEG,
        )

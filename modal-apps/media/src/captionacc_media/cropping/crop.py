"""Cutting a crop region out of decoded pictures, in YUV, upright, with no detour over RGB."""

from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.geometry import CropRegion

from captionacc_media.frames.container import VideoSource, upright

MIN_SIDE = 16
Plane = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class YuvPicture:
    """A picture as ``yuv420p`` planes: ``luma`` H x W, sides even, ``u`` and ``v`` half each."""

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
        """A new frame with the same pixels."""
        packed = np.concatenate([self.luma.ravel(), self.u.ravel(), self.v.ravel()])
        return av.VideoFrame.from_ndarray(packed.reshape(-1, self.width), format="yuv420p")

    def to_rgb(self) -> npt.NDArray[np.uint8]:
        """H x W x 3."""
        return np.asarray(self.to_frame().to_ndarray(format="rgb24"), dtype=np.uint8)


@dataclass(frozen=True, kw_only=True)
class PixelRectangle:
    """Even edges in pixels of the stored picture; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int


def even_span(low: float, high: float, size: int) -> tuple[int, int]:
    """The even pixels ``[start, end)`` of a side of ``size`` that cover fractions low to high.

    At least ``MIN_SIDE`` long. The last pixel of an odd side is left out.
    """
    limit = size - size % 2
    # A millionth of a pixel of rounding noise must not grow the span by a pair of pixels.
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
    """``region`` of the displayed picture as pixels of the stored one.

    Raises:
        PermanentError: ``crop_region_invalid`` when a side of the picture is under ``MIN_SIDE``.
    """
    if min(source.width, source.height) < MIN_SIDE:
        raise PermanentError(
            ErrorCode.CROP_REGION_INVALID,
            f"The picture has {source.width}x{source.height} pixels; "
            f"a crop needs at least {MIN_SIDE} each way.",
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
    """Cuts one region out of every picture of a source; all results have the same size."""

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
        """The region of ``frame``, upright, in planes of its own (limited range)."""
        frame = self._as_yuv420p(frame)
        area = self._rectangle
        luma = plane_pixels(frame, 0)[area.top : area.bottom, area.left : area.right]
        chroma = slice(area.top // 2, area.bottom // 2), slice(area.left // 2, area.right // 2)
        return YuvPicture(
            luma=_own(luma, self._rotation),
            u=_own(plane_pixels(frame, 1)[chroma], self._rotation),
            v=_own(plane_pixels(frame, 2)[chroma], self._rotation),
        )

    def _as_yuv420p(self, frame: av.VideoFrame) -> av.VideoFrame:
        full_range = frame.format.name.startswith("yuvj") or frame.color_range == ColorRange.JPEG
        # A stream may change its picture size half-way; the first size stays.
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


def plane_pixels(frame: av.VideoFrame, number: int) -> Plane:
    """Plane ``number`` of a planar 8-bit frame: a view of the frame's own memory."""
    plane = frame.planes[number]
    pixels = np.frombuffer(plane, dtype=np.uint8)  # type: ignore[call-overload]
    rows: Plane = pixels.reshape(-1, plane.line_size)[: plane.height, : plane.width]
    return rows


def _own(view: Plane, rotation: int) -> Plane:
    # The decoder reuses the frame's memory once the frame is gone.
    return np.array(upright(view, rotation), order="C", copy=True)

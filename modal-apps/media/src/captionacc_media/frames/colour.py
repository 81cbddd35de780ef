"""The colour space of a video, so that a crop has the same colours as its video."""

from dataclasses import dataclass

from captionacc_media.frames.container import VideoSource

# Code points of ITU-T H.273.
BT709 = 1
BT601 = 6
_RGB = 0
_UNSPECIFIED = 2

_HD_LINES = 720
"""Players take an untagged video of at least this height for HD, which uses BT.709."""


@dataclass(frozen=True, kw_only=True)
class Colour:
    """Colour space as code points of ITU-T H.273."""

    matrix: int
    primaries: int
    transfer: int


def colour_of(source: VideoSource) -> Colour:
    """The colour space of ``source``, or the one that players assume for an untagged video.

    A crop must name its colour space: it is too low for players to assume that of HD video.
    """
    codec = source.stream.codec_context
    guess = BT709 if min(source.width, source.height) >= _HD_LINES else BT601
    # The conversion of RGB pictures to YUV uses the BT.601 matrix.
    matrix = BT601 if codec.colorspace == _RGB else codec.colorspace
    return Colour(
        matrix=guess if matrix == _UNSPECIFIED else matrix,
        primaries=guess if codec.color_primaries == _UNSPECIFIED else codec.color_primaries,
        transfer=guess if codec.color_trc == _UNSPECIFIED else codec.color_trc,
    )

"""How the numbers of a YUV picture mean colours, so that a crop looks like the video it is from."""

from dataclasses import dataclass

from captionacc_media.frames.container import VideoSource

BT709 = 1
BT601 = 6
_RGB = 0
_UNSPECIFIED = 2
_HD_LINES = 720


@dataclass(frozen=True, kw_only=True)
class Colour:
    """Code points of ITU-T H.273."""

    matrix: int
    primaries: int
    transfer: int


def colour_of(source: VideoSource) -> Colour:
    """The source's own colours, or those that players take an untagged video of its size for.

    A crop is too low for players to take it for the HD video that it was cut from.
    """
    codec = source.stream.codec_context
    guess = BT709 if min(source.width, source.height) >= _HD_LINES else BT601
    # Pictures that are stored as RGB are converted by the BT.601 matrix.
    matrix = BT601 if codec.colorspace == _RGB else codec.colorspace
    return Colour(
        matrix=guess if matrix == _UNSPECIFIED else matrix,
        primaries=guess if codec.color_primaries == _UNSPECIFIED else codec.color_primaries,
        transfer=guess if codec.color_trc == _UNSPECIFIED else codec.color_trc,
    )

"""Suggests a crop region with room for the captions found and for longer ones."""

from collections.abc import Iterable

from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.sqlite_files.layout import AnchorType

from captionacc_media.layout.caption_lines import CaptionLines
from captionacc_media.text.boxes import FrameBox

NARROWEST_ASPECT = 5.0
WIDEST_ASPECT = 11.5
"""Width over height of the crop regions that the extents model was trained with."""

# Set by hand; lengths are in line heights where the name ends in LINES.
_USUAL_WIDTH = 0.8
"""Share of the picture's width that centred captions may fill."""
_PAD_LINES = 0.35
"""Room above and below the captions."""
_LEAST_PAD_LINES = 0.12
"""What remains of that room when the region would be too tall for its width."""
_SIDE_PAD_LINES = 0.75
"""Room beside the captions."""
_ONE_LINE = 1.6
"""Captions of at most this many line heights had one line in all samples."""
_OUTLIERS = 50
"""One box in this many may stick out without stretching the region."""


def _lowest(values: list[float]) -> float:
    return sorted(values)[len(values) // _OUTLIERS]


def _highest(values: list[float]) -> float:
    return sorted(values)[-1 - len(values) // _OUTLIERS]


def _sides(captions: CaptionLines, pad: float) -> tuple[float, float]:
    left = _lowest([line.left for line in captions.lines]) - pad
    right = _highest([line.right for line in captions.lines]) + pad
    at = captions.anchor_position
    match captions.anchor_type:
        case AnchorType.CENTER:
            half = max(_USUAL_WIDTH / 2, at - left, right - at)
            left, right = at - half, at + half
        case AnchorType.LEFT:
            # The region has the same margin on the right as on the left.
            right = max(right, 1 - max(0.0, left))
        case AnchorType.RIGHT:
            left = min(left, 1 - min(1.0, right))
    return max(0.0, left), min(1.0, right)


def _fits(box: FrameBox, left: float, top: float, right: float, bottom: float) -> bool:
    return box.left < right and box.right > left and box.top < bottom and box.bottom > top


def suggest_crop(captions: CaptionLines, standing: Iterable[FrameBox], aspect: float) -> CropRegion:
    """Suggest a region around the captions.

    In pixels, the region is 5 to 11.5 times as wide as it is tall where the captions allow it.
    Standing text beside or beyond the captions stays outside.

    Args:
        captions: the captions found.
        standing: the boxes of standing text.
        aspect: width of the picture over its height, in pixels.
    """
    standing = list(standing)
    line = captions.line_height
    text_top = _lowest([each.top for each in captions.lines])
    text_bottom = _highest([each.bottom for each in captions.lines])
    side_pad = _SIDE_PAD_LINES * line / aspect
    left, right = _sides(captions, side_pad)
    pad = _PAD_LINES * line
    top, bottom = text_top - pad, text_bottom + pad
    if text_bottom - text_top <= _ONE_LINE * line:
        # A second line grows away from the edge of the picture.
        grown = (top - line, bottom) if (top + bottom) / 2 >= 0.5 else (top, bottom + line)
        free = not any(_fits(box, left, grown[0], right, grown[1]) for box in standing)
        if free and (right - left) * aspect >= NARROWEST_ASPECT * (grown[1] - grown[0]):
            top, bottom = grown
    height = bottom - top
    width = (right - left) * aspect
    if width < NARROWEST_ASPECT * height:
        missing = NARROWEST_ASPECT * height / aspect - (right - left)
        left, right = max(0.0, left - missing / 2), min(1.0, right + missing / 2)
        width = (right - left) * aspect
        least = text_bottom - text_top + 2 * _LEAST_PAD_LINES * line
        height = max(least, min(height, width / NARROWEST_ASPECT))
    height = max(height, width / WIDEST_ASPECT)
    middle = (top + bottom) / 2
    top, bottom = _inside(middle - height / 2, middle + height / 2)
    text_left = _lowest([each.left for each in captions.lines])
    text_right = _highest([each.right for each in captions.lines])
    for box in standing:
        if _fits(box, left, top, right, bottom):
            if box.right <= text_left - side_pad / 2:
                left = max(left, box.right)
            elif box.left >= text_right + side_pad / 2:
                right = min(right, box.left)
    return CropRegion(
        crop_left=round(left, 4),
        crop_top=round(top, 4),
        crop_right=round(right, 4),
        crop_bottom=round(bottom, 4),
    )


def _inside(top: float, bottom: float) -> tuple[float, float]:
    """Move a span into 0 to 1; cut it only where it is longer than that."""
    if top < 0:
        top, bottom = 0.0, bottom - top
    if bottom > 1:
        top, bottom = top - (bottom - 1), 1.0
    return max(0.0, top), min(1.0, bottom)

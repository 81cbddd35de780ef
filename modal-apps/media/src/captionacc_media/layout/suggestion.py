"""From the text boxes of sampled frames to a suggested layout."""

from collections.abc import Sequence

import msgspec
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.sqlite_files.layout import AnchorType

from captionacc_media.layout.caption_lines import CaptionLines, find_captions
from captionacc_media.layout.crop_suggestion import suggest_crop
from captionacc_media.text.rows import lines
from captionacc_media.text.static_text import static_boxes
from captionacc_media.text.text_box import TextBox

_IN_HEIGHT_RATIO = 2.2


class Captions(msgspec.Struct, frozen=True, kw_only=True):
    """Where captions stand; positions in 0 to 1 of the picture."""

    crop_region: CropRegion
    anchor_type: AnchorType
    anchor_position: float
    vertical_center: float


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a box is caption text, and how sure that is (0 to 1)."""

    inside: bool
    confidence: float


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """``captions`` is null when none were found; one label a box, in the order given."""

    captions: Captions | None
    labels: list[Label]


def suggest(
    boxes: Sequence[TextBox], sampled: Sequence[int], *, width: int, height: int
) -> Suggestion:
    """Suggest a layout from ``boxes`` read in the frames ``sampled``, of a size in pixels."""
    aspect = width / height
    boxes = list(boxes)
    static = static_boxes(boxes, sampled)
    moving = [box for box in boxes if box not in static]
    found = find_captions(lines(moving, aspect), len(sampled))
    if found is None:
        return Suggestion(
            captions=None,
            labels=[Label(inside=False, confidence=0.9 if box in static else 0.6) for box in boxes],
        )
    region = suggest_crop(found, static, aspect)
    return Suggestion(
        captions=Captions(
            crop_region=region,
            anchor_type=found.anchor_type,
            anchor_position=round(found.anchor_position, 4),
            vertical_center=round(_vertical_centre(found), 4),
        ),
        labels=[_label(box, box in static, found, region) for box in boxes],
    )


def _vertical_centre(found: CaptionLines) -> float:
    centres = sorted(line.centre_y for line in found.lines)
    return centres[len(centres) // 2]


def _label(box: TextBox, static: bool, found: CaptionLines, region: CropRegion) -> Label:
    if static:
        return Label(inside=False, confidence=0.95)
    within = (
        region.crop_left <= box.centre_x <= region.crop_right
        and region.crop_top <= box.centre_y <= region.crop_bottom
    )
    ratio = box.height / found.line_height if found.line_height else 0.0
    sized = 1 / _IN_HEIGHT_RATIO <= ratio <= _IN_HEIGHT_RATIO
    sure = 0.6 + 0.35 * min(1.0, found.support / 5)
    if within and sized:
        return Label(inside=True, confidence=sure)
    return Label(inside=False, confidence=0.6 if within else sure)

"""Suggests the layout of a video from the text boxes of sampled frames."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import msgspec
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.sqlite_files.layout import AnchorType

from captionacc_media.layout.caption_lines import CaptionLines, find_captions
from captionacc_media.layout.crop_suggestion import suggest_crop
from captionacc_media.text.boxes import FrameBox
from captionacc_media.text.lines import lines_of
from captionacc_media.text.standing_in_frames import standing_boxes

_IN_HEIGHT_RATIO = 2.2
"""A box of another height than the captions by more than this factor is not a caption."""


class Captions(msgspec.Struct, frozen=True, kw_only=True):
    """Where the captions are; positions are shares (0 to 1) of the picture."""

    crop_region: CropRegion
    anchor_type: AnchorType
    anchor_position: float
    vertical_center: float


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a box is caption text, and how certain that is (0 to 1)."""

    inside: bool
    confidence: float


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """``captions`` is None when there are none; ``labels`` has one label per box, in order."""

    captions: Captions | None
    labels: list[Label]


def suggest(
    boxes: Sequence[FrameBox], sampled: Sequence[int], *, width: int, height: int
) -> Suggestion:
    """Suggest a layout.

    Args:
        boxes: all boxes read in the sampled frames.
        sampled: indices of the frames that were read, rising; frames without text included.
        width: of the picture, in pixels.
        height: of the picture, in pixels.
    """
    aspect = width / height
    boxes = list(boxes)
    standing = standing_boxes(boxes, sampled)
    others = [box for box in boxes if box not in standing]
    found = find_captions(_lines(others, aspect), len(sampled))
    if found is None:
        return Suggestion(
            captions=None,
            labels=[
                Label(inside=False, confidence=0.9 if box in standing else 0.6) for box in boxes
            ],
        )
    region = suggest_crop(found, standing, aspect)
    return Suggestion(
        captions=Captions(
            crop_region=region,
            anchor_type=found.anchor_type,
            anchor_position=round(found.anchor_position, 4),
            vertical_center=round(_vertical_centre(found), 4),
        ),
        labels=[_label(box, box in standing, found, region) for box in boxes],
    )


def _lines(boxes: Iterable[FrameBox], aspect: float) -> list[FrameBox]:
    """One box per line of each frame, in the order of frames."""
    frames = groupby(sorted(boxes, key=lambda box: box.at), key=lambda box: box.at)
    return [line for _, frame in frames for line in lines_of(frame, aspect=aspect)]


def _vertical_centre(found: CaptionLines) -> float:
    centres = sorted(line.centre_y for line in found.lines)
    return centres[len(centres) // 2]


def _label(box: FrameBox, stands: bool, found: CaptionLines, region: CropRegion) -> Label:
    if stands:
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

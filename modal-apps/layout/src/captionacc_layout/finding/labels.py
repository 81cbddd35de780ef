"""Labels the text boxes of stored frames: caption text, or other text. Pure."""

from collections.abc import Sequence

import msgspec
from captionacc_contracts.frames.tracks import SuggestedTrack
from captionacc_media.text.boxes import FrameBox

_OUTSIDE = 0.6
"""How sure it is that a box outside all tracks is other text, when tracks are unsure; by hand."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a box is caption text, and how certain that is (0 to 1)."""

    inside: bool
    confidence: float


def label_boxes(boxes: Sequence[FrameBox], tracks: Sequence[SuggestedTrack]) -> list[Label]:
    """One label per box, in order: the text whose middle lies in a track is caption text."""
    return [_label(box, tracks) for box in boxes]


def _label(box: FrameBox, tracks: Sequence[SuggestedTrack]) -> Label:
    for track in tracks:
        if track.crop_region.contains(box.centre_x, box.centre_y):
            return Label(inside=True, confidence=track.confidence)
    surest = max((track.confidence for track in tracks), default=0.0)
    return Label(inside=False, confidence=max(_OUTSIDE, surest))

"""A cue: a piece of text that a subtitle file shows for some time at some place."""

from enum import StrEnum

import msgspec
from captionacc_contracts.frames.tracks import FIRST_TRACK


class CuePlace(StrEnum):
    """Where on the screen a cue stands; bottom is where players put a cue by themselves."""

    TOP_LEFT = "top_left"
    TOP = "top"
    TOP_RIGHT = "top_right"
    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"
    BOTTOM_LEFT = "bottom_left"
    BOTTOM = "bottom"
    BOTTOM_RIGHT = "bottom_right"


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """``text`` at ``place`` from ``start_seconds`` until ``end_seconds``, on the file's clock.

    ``track`` is the number of the track of its caption.
    """

    start_seconds: float
    end_seconds: float
    text: str
    place: CuePlace = CuePlace.BOTTOM
    track: int = FIRST_TRACK

"""SubStation Alpha (.ass), written by pysubs2: the format of Aegisub, with styles and places."""

from collections.abc import Iterable

from pysubs2 import SSAEvent, SSAFile, SSAStyle

from captionacc_exports.cue import Cue
from captionacc_exports.visible_text import without_styles
from captionacc_exports.writers.subrip import PLACE_TAGS

_USUAL_SIZE = (1280, 720)
"""Of the script when the size of the video is not known."""
_FONT_HEIGHT = 1 / 16
"""Of the picture's height: the usual size of subtitles."""


def to_ass(cues: Iterable[Cue], *, title: str, size: tuple[int, int] | None) -> str:
    """A script for a video of this width and height; the layer of an event is its track's number.

    The cues are as :func:`captionacc_exports.cues.in_order` returns them.
    """
    width, height = size or _USUAL_SIZE
    script = SSAFile()
    script.info |= {
        "Title": " ".join(title.split()),
        "PlayResX": str(width),
        "PlayResY": str(height),
        "ScaledBorderAndShadow": "yes",
        "WrapStyle": "0",
    }
    script.styles["Default"] = SSAStyle(fontsize=round(height * _FONT_HEIGHT))
    script.events = [_event(cue) for cue in cues]
    return script.to_string("ass")


def _event(cue: Cue) -> SSAEvent:
    return SSAEvent(
        start=round(cue.start_seconds * 1000),
        end=round(cue.end_seconds * 1000),
        text=PLACE_TAGS[cue.place] + without_styles(cue.text).replace("\n", r"\N"),
        layer=cue.track,
    )

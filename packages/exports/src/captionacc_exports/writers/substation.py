"""SubStation Alpha (.ass), written by pysubs2: the format of Aegisub, with styles and places."""

from collections.abc import Iterable

from captionacc_contracts.api import VideoSummary
from pysubs2 import SSAEvent, SSAFile, SSAStyle

from captionacc_exports.cue import Cue
from captionacc_exports.visible_text import without_styles
from captionacc_exports.writers.subrip import PLACE_TAGS

_USUAL_SIZE = (1280, 720)
"""Of the script when the size of the video is not known."""
_FONT_HEIGHT = 1 / 16
"""Of the picture's height: the usual size of subtitles."""


def to_ass(cues: Iterable[Cue], video: VideoSummary) -> str:
    """A script in the size of the video; the layer of an event is the number of its track."""
    width, height = video.width or _USUAL_SIZE[0], video.height or _USUAL_SIZE[1]
    script = SSAFile()
    script.info |= {
        "Title": video.display_name.replace("\n", " "),
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

"""SubRip (.srt)."""

import re
from collections.abc import Iterable

from captionacc_exports.clock import clock
from captionacc_exports.cue import Cue, CuePlace
from captionacc_exports.visible_text import JOINER, without_styles

_TIME = re.compile(r"(\d:)(?=\d{1,2}:\d{1,2}[.,]\d)")

# The numbers of SubStation Alpha, as on the number pad of a keyboard.
PLACE_TAGS = {
    CuePlace.TOP_LEFT: r"{\an7}",
    CuePlace.TOP: r"{\an8}",
    CuePlace.TOP_RIGHT: r"{\an9}",
    CuePlace.LEFT: r"{\an4}",
    CuePlace.MIDDLE: r"{\an5}",
    CuePlace.RIGHT: r"{\an6}",
    CuePlace.BOTTOM_LEFT: r"{\an1}",
    CuePlace.BOTTOM: "",
    CuePlace.BOTTOM_RIGHT: r"{\an3}",
}
"""Puts a line where the cue stands; bottom is where players put it by themselves."""


def to_srt(cues: Iterable[Cue]) -> str:
    """SubRip text that readers take for the same cues and the same visible text.

    The cues are as :func:`captionacc_exports.cues.in_order` returns them.
    """
    return "".join(
        f"{number}\n{clock(cue.start_seconds, ',')} --> {clock(cue.end_seconds, ',')}\n"
        f"{PLACE_TAGS[cue.place]}{_escaped(cue.text)}\n\n"
        for number, cue in enumerate(cues, start=1)
    )


def _escaped(text: str) -> str:
    """Break what readers of SubRip take for markup or for the head of another cue.

    The format has no escapes, so every break is one that people do not see, or hardly see.
    """
    first, *others = text.split("\n")
    # Readers take a number in the last line for the number of the next cue.
    numbers_kept = [line + JOINER if line.isdecimal() else line for line in others]
    text = without_styles("\n".join([first, *numbers_kept]))
    text = _TIME.sub(rf"\1{JOINER}", text)
    return text.replace("-->", f"--{JOINER}>").replace("<", "<" + JOINER)

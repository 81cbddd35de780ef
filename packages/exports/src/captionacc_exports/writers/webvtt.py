"""WebVTT (.vtt)."""

from collections.abc import Iterable
from html import escape

from captionacc_exports.clock import clock
from captionacc_exports.cue import Cue, CuePlace

_TOP = " line:5%"
# A line is set by its upper edge: browsers do not know the alignment of a line.
_HALF_WAY = " line:45%"
# With at most half the width, two speakers can talk at the same time.
_LEFT = " position:5% align:left size:45%"
_RIGHT = " position:95% align:right size:45%"
_SETTINGS = {
    CuePlace.TOP_LEFT: _TOP + _LEFT,
    CuePlace.TOP: _TOP,
    CuePlace.TOP_RIGHT: _TOP + _RIGHT,
    CuePlace.LEFT: _HALF_WAY + _LEFT,
    CuePlace.MIDDLE: _HALF_WAY,
    CuePlace.RIGHT: _HALF_WAY + _RIGHT,
    CuePlace.BOTTOM_LEFT: _LEFT,
    CuePlace.BOTTOM: "",
    CuePlace.BOTTOM_RIGHT: _RIGHT,
}


def to_vtt(cues: Iterable[Cue], *, language: str | None = None) -> str:
    """WebVTT text of cues that :func:`captionacc_exports.cues.in_order` returned.

    ``language`` is a BCP 47 tag for the head of the file.
    """
    head = "WEBVTT\n" if language is None else f"WEBVTT\nLanguage: {language}\n"
    return head + "\n" + "".join(map(_cue, cues))


def _cue(cue: Cue) -> str:
    times = f"{clock(cue.start_seconds, '.')} --> {clock(cue.end_seconds, '.')}"
    return f"{times}{_SETTINGS[cue.place]}\n{escape(cue.text, quote=False)}\n\n"

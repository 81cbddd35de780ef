"""SubRip and WebVTT text from captions."""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

import msgspec

EMPTY_TEXT = "[?]"
"""Shown for a caption without text, so that people see where one stands.

Square brackets are the custom for what nobody says, a question mark is understood in every
language, and every font of a player has these characters.
"""

_JOINER = "\u2060"
"""WORD JOINER: it has no width and allows no line break, so it changes nothing that people see."""
_WIDE_BRACES = str.maketrans("{}", "\uff5b\uff5d")
"""Full-width braces. Readers take all between braces for a style, and offer no way to escape it."""
_TIME = re.compile(r"(\d:)(?=\d{1,2}:\d{1,2}[.,]\d)")


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


# The numbers of SubStation Alpha, as on the number pad of a keyboard.
_SRT_TAGS = {
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
_TOP = " line:5%"
# A line is set by its upper edge: browsers do not know the alignment of a line.
_HALF_WAY = " line:45%"
# With at most half the width, two speakers can talk at the same time.
_LEFT = " position:5% align:left size:45%"
_RIGHT = " position:95% align:right size:45%"
_VTT_SETTINGS = {
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


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """``text`` at ``place`` from ``start_seconds`` until ``end_seconds``.

    The seconds count from the first picture: give the writers the seconds before that picture.
    """

    start_seconds: float
    end_seconds: float
    text: str
    place: CuePlace = CuePlace.BOTTOM


def shown_text(text: str | None, caption_ocr: str | None) -> str:
    """Return the text that people see: a person's ``text`` wins over the text from OCR.

    An empty ``text`` is a person's decision too: the caption then shows nothing.
    """
    return (caption_ocr if text is None else text) or ""


def to_srt(cues: Iterable[Cue], *, offset_seconds: float = 0.0, drop_empty: bool = False) -> str:
    """SubRip text that readers take for the same cues and the same visible text.

    Args:
        cues: in any order, of one or more tracks; they are merged by time.
        offset_seconds: added to all times: from the start of the file to time 0 of the cues.
        drop_empty: leave out cues without text; otherwise they show ``EMPTY_TEXT``.
    """
    return "".join(
        f"{number}\n{_times(cue, offset_seconds, ',')}\n{_SRT_TAGS[cue.place]}{_srt_text(text)}\n\n"
        for number, (cue, text) in enumerate(_merged(cues, drop_empty=drop_empty), start=1)
    )


def to_vtt(cues: Iterable[Cue], *, offset_seconds: float = 0.0, drop_empty: bool = False) -> str:
    """WebVTT text. For the arguments see :func:`to_srt`."""
    return "WEBVTT\n\n" + "".join(
        f"{_times(cue, offset_seconds, '.')}{_VTT_SETTINGS[cue.place]}\n{_vtt_text(text)}\n\n"
        for cue, text in _merged(cues, drop_empty=drop_empty)
    )


def _merged(cues: Iterable[Cue], *, drop_empty: bool) -> list[tuple[Cue, str]]:
    """Cues and their lines, by time."""
    ordered = sorted(cues, key=lambda cue: (cue.start_seconds, cue.end_seconds))
    found = [(cue, _lines(cue.text)) for cue in ordered]
    return [(cue, text or EMPTY_TEXT) for cue, text in found if text or not drop_empty]


def _times(cue: Cue, offset_seconds: float, decimal_mark: str) -> str:
    start, end = cue.start_seconds + offset_seconds, cue.end_seconds + offset_seconds
    return f"{_time(start, decimal_mark)} --> {_time(end, decimal_mark)}"


def _time(total_seconds: float, decimal_mark: str) -> str:
    whole, milliseconds = divmod(max(0, round(total_seconds * 1000)), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}{decimal_mark}{milliseconds:03d}"


def _lines(text: str) -> str:
    # A blank line ends a cue in both formats, and a control character may end the file.
    lines = ("".join(map(_printable, line)).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if any(map(_is_visible, line)))


def _is_visible(character: str) -> bool:
    return not character.isspace() and unicodedata.category(character) != "Cf"


def _printable(character: str) -> str:
    if character == "\t":
        return " "
    return "" if unicodedata.category(character) in ("Cc", "Cs") else character


def _srt_text(text: str) -> str:
    """Break what readers of SubRip take for markup or for the head of another cue.

    The format has no escapes, so every break is one that people do not see, or hardly see.
    """
    first, *others = text.split("\n")
    # Readers take a number in the last line for the number of the next cue.
    numbers_kept = [line + _JOINER if line.isdecimal() else line for line in others]
    text = "\n".join([first, *numbers_kept]).translate(_WIDE_BRACES)
    text = _TIME.sub(rf"\1{_JOINER}", text)
    text = text.replace("-->", f"--{_JOINER}>")
    for mark in ("<", "\\"):
        text = text.replace(mark, mark + _JOINER)
    return text


def _vtt_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

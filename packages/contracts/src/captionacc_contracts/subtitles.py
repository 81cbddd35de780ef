"""SubRip and WebVTT text from captions."""

from collections.abc import Iterable

import msgspec

from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """Text shown for frames ``start_frame`` to ``end_frame`` inclusive."""

    start_frame: int
    end_frame: int
    text: str


def shown_text(text: str | None, caption_ocr: str | None) -> str:
    """Return the text that people see: a person's ``text`` wins over the text from OCR.

    An empty ``text`` is a person's decision too: the caption then shows nothing.
    """
    return (caption_ocr if text is None else text) or ""


def _timestamp(index: int, decimal_mark: str) -> str:
    milliseconds = index * 1000 // INDICES_PER_SECOND
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{decimal_mark}{milliseconds:03d}"


def _lines(text: str) -> str:
    # A blank line ends a cue in both formats.
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def to_srt(cues: Iterable[Cue]) -> str:
    """SubRip text; cues without text are left out."""
    shown = [cue for cue in cues if _lines(cue.text)]
    return "".join(
        f"{number}\n{_timestamp(cue.start_frame, ',')} --> {_timestamp(cue.end_frame + 1, ',')}\n"
        f"{_lines(cue.text)}\n\n"
        for number, cue in enumerate(shown, start=1)
    )


def to_vtt(cues: Iterable[Cue]) -> str:
    """WebVTT text; cues without text are left out."""
    escaped = (
        (cue, _lines(cue.text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
        for cue in cues
    )
    return "WEBVTT\n\n" + "".join(
        f"{_timestamp(cue.start_frame, '.')} --> {_timestamp(cue.end_frame + 1, '.')}\n{text}\n\n"
        for cue, text in escaped
        if text
    )

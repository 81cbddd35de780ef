"""TTML (.ttml), version 1 of the W3C's format, as broadcasters take it."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from captionacc_exports.clock import clock
from captionacc_exports.cue import Cue, CuePlace

_TT = "http://www.w3.org/ns/ttml"
_STYLING = "http://www.w3.org/ns/ttml#styling"
_XML = "http://www.w3.org/XML/1998/namespace"
_ROWS = ("before", "center", "after")
"""Values of ``displayAlign`` for the upper, middle and lower third."""
_SIDES = ("start", "center", "end")
"""Values of ``textAlign`` for the left, middle and right third."""
_ALIGNMENTS = {
    CuePlace.TOP_LEFT: (0, 0),
    CuePlace.TOP: (0, 1),
    CuePlace.TOP_RIGHT: (0, 2),
    CuePlace.LEFT: (1, 0),
    CuePlace.MIDDLE: (1, 1),
    CuePlace.RIGHT: (1, 2),
    CuePlace.BOTTOM_LEFT: (2, 0),
    CuePlace.BOTTOM: (2, 1),
    CuePlace.BOTTOM_RIGHT: (2, 2),
}
"""Row and column of each place."""
_ORIGIN, _EXTENT = "5% 5%", "90% 90%"
"""The part of the picture that every screen shows."""


def to_ttml(cues: Sequence[Cue], *, language: str | None = None) -> str:
    """An XML document with one region for each place that cues stand at.

    ``language`` is a BCP 47 tag; without one the language is marked as not known.
    """
    root = ET.Element(f"{{{_TT}}}tt", {f"{{{_XML}}}lang": language or ""})
    layout = ET.SubElement(ET.SubElement(root, f"{{{_TT}}}head"), f"{{{_TT}}}layout")
    for place in sorted({cue.place for cue in cues}):
        row, column = _ALIGNMENTS[place]
        attributes = {
            "origin": _ORIGIN,
            "extent": _EXTENT,
            "displayAlign": _ROWS[row],
            "textAlign": _SIDES[column],
        }
        styles = {f"{{{_STYLING}}}{name}": value for name, value in attributes.items()}
        ET.SubElement(layout, f"{{{_TT}}}region", {f"{{{_XML}}}id": place.value, **styles})
    division = ET.SubElement(ET.SubElement(root, f"{{{_TT}}}body"), f"{{{_TT}}}div")
    for cue in cues:
        _paragraph(division, cue)
    ET.register_namespace("", _TT)
    ET.register_namespace("tts", _STYLING)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _paragraph(division: ET.Element, cue: Cue) -> None:
    paragraph = ET.SubElement(
        division,
        f"{{{_TT}}}p",
        {
            "begin": clock(cue.start_seconds, "."),
            "end": clock(cue.end_seconds, "."),
            "region": cue.place.value,
        },
    )
    paragraph.text, *others = cue.text.split("\n")
    for line in others:
        ET.SubElement(paragraph, f"{{{_TT}}}br").tail = line

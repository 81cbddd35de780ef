"""The text of a caption as a file shows it."""

import unicodedata

EMPTY_TEXT = "[?]"
"""Shown for a caption without text, so that people see where one stands.

Square brackets are the custom for what nobody says, a question mark is understood in every
language, and every font of a player has these characters.
"""

JOINER = "\u2060"
"""WORD JOINER: it has no width and allows no line break, so it changes nothing that people see."""
_WIDE_BRACES = str.maketrans("{}", "\uff5b\uff5d")


def shown_text(text: str | None, caption_ocr: str | None) -> str:
    """Return the text that people see: a person's ``text`` wins over the text from OCR.

    An empty ``text`` is a person's decision too: the caption then shows nothing.
    """
    return (caption_ocr if text is None else text) or ""


def visible_lines(text: str) -> str:
    """The text without blank lines and control characters: a blank line ends a cue in SubRip and
    WebVTT, and a control character may end the file."""
    lines = ("".join(map(_printable, line)).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if any(map(_is_visible, line)))


def without_styles(text: str) -> str:
    """The text with braces and backslashes that no reader takes for a style.

    SubRip and SubStation Alpha have no escape for a brace, so full-width braces stand for them.
    """
    return text.translate(_WIDE_BRACES).replace("\\", "\\" + JOINER)


def _is_visible(character: str) -> bool:
    return not character.isspace() and unicodedata.category(character) != "Cf"


def _printable(character: str) -> str:
    if character == "\t":
        return " "
    return "" if unicodedata.category(character) in ("Cc", "Cs") else character

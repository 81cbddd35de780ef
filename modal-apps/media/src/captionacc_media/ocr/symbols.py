"""Joins the single characters that some engines give to lines."""

from collections.abc import Iterable

from captionacc_media.text.boxes import TextBox
from captionacc_media.text.lines import lines_of


def symbol_lines(symbols: Iterable[TextBox]) -> list[TextBox]:
    """Merge the boxes of single characters into one box per line.

    The text of a symbol includes the blank after it, where there is one.
    """
    return [line for line in lines_of(symbols, join=_text) if line.text]


def _text(symbols: Iterable[str]) -> str:
    return "".join(symbols).strip()

"""Single characters joined to lines."""

from collections.abc import Iterable

from captionacc_media.ocr.protocol import OcrBox
from captionacc_media.text.lines import rows_of

_WIDEST_BLANK = 2.5
"""Characters further apart than this many line heights are not one line."""


def to_lines(symbols: Iterable[OcrBox]) -> list[OcrBox]:
    """One box a line; the text of a symbol carries the blank after it, where there is one."""
    lines: list[OcrBox] = []
    for row in rows_of(symbols):
        parts = [row[0]]
        for symbol in row[1:]:
            height = max(symbol.height, parts[-1].height)
            if symbol.left - parts[-1].right > _WIDEST_BLANK * height:
                lines.append(_line(parts))
                parts = []
            parts.append(symbol)
        lines.append(_line(parts))
    return [line for line in lines if line.text]


def _line(symbols: list[OcrBox]) -> OcrBox:
    return OcrBox(
        text="".join(symbol.text for symbol in symbols).strip(),
        confidence=sum(symbol.confidence for symbol in symbols) / len(symbols),
        left=min(symbol.left for symbol in symbols),
        top=min(symbol.top for symbol in symbols),
        right=max(symbol.right for symbol in symbols),
        bottom=max(symbol.bottom for symbol in symbols),
    )

"""Reads Tesseract's answer, a table with one row per word (TSV). Pure."""

from collections.abc import Sequence

import msgspec

_WORD_LEVEL = "5"
_COLUMNS = 12
_BLANK = 0.3
"""In scripts without blanks between words, or where Tesseract cuts words into syllables, two parts
are separate words when the gap is at least this share of their height."""


class LineText(msgspec.Struct, frozen=True, kw_only=True):
    """The text of one line; ``confidences`` are those of its words, from 0 to 1."""

    text: str = ""
    confidences: list[float] = []

    @property
    def mean(self) -> float:
        return sum(self.confidences) / len(self.confidences) if self.confidences else 0.0


class _Word(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    confidence: float
    left: int
    right: int
    height: int


def line_texts(table: str, pictures: int, *, words_are_cut: bool) -> list[LineText]:
    """The text of each of the ``pictures`` that were read in one run.

    Args:
        table: what Tesseract printed.
        pictures: number of pictures, each of one line.
        words_are_cut: whether Tesseract cuts words of this language into parts.

    Raises:
        ValueError: ``table`` is not an answer about so many pictures.
    """
    words: list[list[_Word]] = [[] for _ in range(pictures)]
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) != _COLUMNS or not 1 <= int(cells[1]) <= pictures:
            message = f"Tesseract answered with a row that is not of its table: {row[:80]!r}"
            raise ValueError(message)
        if cells[0] == _WORD_LEVEL and cells[11].strip():
            left, width = int(cells[6]), int(cells[8])
            words[int(cells[1]) - 1].append(
                _Word(
                    text=cells[11].strip(),
                    confidence=min(1.0, max(0.0, float(cells[10]) / 100)),
                    left=left,
                    right=left + width,
                    height=int(cells[9]),
                )
            )
    return [_line(parts, words_are_cut=words_are_cut) for parts in words]


def _line(parts: Sequence[_Word], *, words_are_cut: bool) -> LineText:
    text = ""
    for before, part in zip([None, *parts], parts, strict=False):
        if before is not None and not (words_are_cut and _is_tight(before, part)):
            text += " "
        text += part.text
    return LineText(text=text, confidences=[part.confidence for part in parts])


def _is_tight(before: _Word, after: _Word) -> bool:
    return after.left - before.right < _BLANK * max(before.height, after.height)

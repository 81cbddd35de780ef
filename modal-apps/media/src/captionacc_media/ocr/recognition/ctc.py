"""Reads the output of a recogniser: the most probable text, and what shows whether it is right.

A recogniser of the PP-OCR family cuts a line into columns. For each column it gives a probability
to every character that it knows and to the blank, which means that nothing new begins here (CTC).
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from captionacc_media.text.lines import is_wide

BLANK = 0
"""The place of the blank in the recogniser's output."""


class LineReading(msgspec.Struct, frozen=True, kw_only=True):
    """The text of one line and its evidence.

    Args:
        text: the most probable text, without blanks at its ends; it may be empty.
        mean: mean probability (0 to 1) of the text's characters.
        least: probability of the least certain character.
        path: probability that every column is read right, which includes the blank ones: where
            a letter is missing from the text, a blank is uncertain.
        filled: estimated width of the text over the width of the line. A text that is much shorter
            than its line lacks something.
    """

    text: str
    mean: float
    least: float
    path: float
    filled: float


def read_columns(
    columns: NDArray[np.float32], characters: Sequence[str], aspect: float
) -> LineReading:
    """Decode one line.

    Args:
        columns: probabilities, columns x characters; the first character is the blank.
        characters: the characters that the recogniser knows, in the order of its output.
        aspect: width of the line over its height.
    """
    best = columns.argmax(axis=1)
    probability = columns[np.arange(len(best)), best]
    begins = best != BLANK
    begins[1:] &= best[1:] != best[:-1]
    text = "".join(characters[index] for index in best[begins]).strip()
    of_characters = probability[begins]
    if not text:
        return LineReading(text="", mean=0.0, least=0.0, path=0.0, filled=0.0)
    return LineReading(
        text=text,
        mean=float(of_characters.mean()),
        least=float(of_characters.min()),
        path=float(np.exp(np.log(np.maximum(probability, _LEAST)).sum())),
        filled=_width(text) / aspect,
    )


_LEAST = 1e-6
_NARROW = 0.5
"""Usual width of a letter over the height of its line; a wide character is as wide as high."""


def _width(text: str) -> float:
    return sum(1.0 if is_wide(character) else _NARROW for character in text)

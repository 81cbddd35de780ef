"""Decides whether two readings are of the same text."""

import functools
import unicodedata
from difflib import SequenceMatcher

_SAME_TEXT = 0.7
"""Lowest similarity (0 to 1) of two readings of one text; set by hand."""


@functools.lru_cache(maxsize=16_384)
def folded(text: str) -> str:
    """Case-folded letters and digits of ``text``.

    Every digit becomes 0, so that two readings of a running clock are equal.
    """
    kept = (
        "0" if character.isdecimal() else character
        for character in unicodedata.normalize("NFKC", text).casefold()
        if character.isalnum()
    )
    return "".join(kept)


def same_text(first: str, second: str) -> bool:
    """Whether two readings are of the same text, allowing for the mistakes of OCR engines."""
    a, b = folded(first), folded(second)
    if a == b:
        return True
    if not a or not b or min(len(a), len(b)) / max(len(a), len(b)) < _SAME_TEXT:
        return False
    return SequenceMatcher(None, a, b, autojunk=False).ratio() >= _SAME_TEXT

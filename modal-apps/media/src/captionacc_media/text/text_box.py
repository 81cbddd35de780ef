"""A text box in fractions of the picture, and whether two texts are one."""

import functools
import unicodedata
from difflib import SequenceMatcher

import msgspec

_SAME_TEXT = 0.7


class TextBox(msgspec.Struct, frozen=True, kw_only=True):
    """Text at a place, in 0 to 1 of the picture, origin top left; ``at`` is the frame index."""

    at: int
    text: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def centre_x(self) -> float:
        return (self.left + self.right) / 2

    @property
    def centre_y(self) -> float:
        return (self.top + self.bottom) / 2


@functools.lru_cache(maxsize=16_384)
def folded(text: str) -> str:
    """Letters and digits only, case folded; digits are all alike, so that a clock stays itself."""
    kept = (
        "0" if character.isdecimal() else character
        for character in unicodedata.normalize("NFKC", text).casefold()
        if character.isalnum()
    )
    return "".join(kept)


def same_text(first: str, second: str) -> bool:
    """Whether two readings are of one text; engines read one text differently now and then."""
    a, b = folded(first), folded(second)
    if a == b:
        return True
    if not a or not b or min(len(a), len(b)) / max(len(a), len(b)) < _SAME_TEXT:
        return False
    return SequenceMatcher(None, a, b, autojunk=False).ratio() >= _SAME_TEXT

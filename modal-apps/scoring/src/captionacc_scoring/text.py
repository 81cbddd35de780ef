"""Compares read text with true text by the character error rate."""

import unicodedata
from collections.abc import Iterable, Sequence

import msgspec


class TextScore(msgspec.Struct, frozen=True, kw_only=True):
    """The number of character edits, and the number of true characters."""

    edits: int
    characters: int

    @property
    def rate(self) -> float:
        """The character error rate. It may exceed 1; without true characters it is 0 or 1."""
        if self.characters:
            return self.edits / self.characters
        return 1.0 if self.edits else 0.0

    def __add__(self, other: "TextScore") -> "TextScore":
        return TextScore(
            edits=self.edits + other.edits, characters=self.characters + other.characters
        )


class TimedText(msgspec.Struct, frozen=True, kw_only=True):
    """A caption and its text. Frames are grid indices; ``end_frame`` is exclusive."""

    start_frame: int
    end_frame: int
    text: str


def normalise_text(text: str) -> str:
    """NFKC without white space; case is kept."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def edit_distance(left: str, right: str) -> int:
    """The fewest insertions, deletions and substitutions that turn one text into the other."""
    if len(left) < len(right):
        left, right = right, left
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def character_error_rate(pairs: Iterable[tuple[str, str]]) -> TextScore:
    """Sum up the edits of all pairs (read text, true text), after :func:`normalise_text`."""
    score = TextScore(edits=0, characters=0)
    for read, true in pairs:
        expected = normalise_text(true)
        score += TextScore(
            edits=edit_distance(normalise_text(read), expected), characters=len(expected)
        )
    return score


def end_to_end_character_error_rate(
    predicted: Sequence[TimedText], truth: Sequence[TimedText]
) -> TextScore:
    """Score captions with their times: a missed caption costs its text, and so does a false one.

    Captions are paired one to one by their overlap in time, the longest overlap first.
    """
    overlaps = sorted(
        (
            (overlap, -i, -j)
            for i, found in enumerate(predicted)
            for j, true in enumerate(truth)
            if (overlap := _overlap(found, true)) > 0
        ),
        reverse=True,
    )
    found_of: dict[int, int] = {}
    used: set[int] = set()
    for _, minus_i, minus_j in overlaps:
        if -minus_i not in used and -minus_j not in found_of:
            used.add(-minus_i)
            found_of[-minus_j] = -minus_i
    pairs = [
        (predicted[found_of[j]].text if j in found_of else "", true.text)
        for j, true in enumerate(truth)
    ]
    pairs += [(found.text, "") for i, found in enumerate(predicted) if i not in used]
    return character_error_rate(pairs)


def _overlap(a: TimedText, b: TimedText) -> int:
    return min(a.end_frame, b.end_frame) - max(a.start_frame, b.start_frame)

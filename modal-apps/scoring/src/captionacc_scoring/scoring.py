"""How good found captions are against the truth: extents by F1, text by character error rate."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Span = tuple[int, int]
"""First frame and the frame after the last one, in tenths of a second."""


@dataclass(frozen=True, kw_only=True)
class ExtentScore:
    """Counts of one comparison, and the usual ratios of them.

    A ratio whose denominator is zero is 1.0: nothing predicted is precise, nothing true is found.
    """

    matched: int
    predicted: int
    truth: int

    @property
    def precision(self) -> float:
        return self.matched / self.predicted if self.predicted else 1.0

    @property
    def recall(self) -> float:
        return self.matched / self.truth if self.truth else 1.0

    @property
    def f1(self) -> float:
        total = self.predicted + self.truth
        return 2 * self.matched / total if total else 1.0

    def __add__(self, other: "ExtentScore") -> "ExtentScore":
        return ExtentScore(
            matched=self.matched + other.matched,
            predicted=self.predicted + other.predicted,
            truth=self.truth + other.truth,
        )


@dataclass(frozen=True, kw_only=True)
class TextScore:
    """Character edits against the number of true characters."""

    edits: int
    characters: int

    @property
    def rate(self) -> float:
        """The character error rate; may exceed 1. Without true characters it is 0 or 1."""
        if self.characters:
            return self.edits / self.characters
        return 1.0 if self.edits else 0.0

    def __add__(self, other: "TextScore") -> "TextScore":
        return TextScore(
            edits=self.edits + other.edits, characters=self.characters + other.characters
        )


@dataclass(frozen=True, kw_only=True)
class TimedText:
    """One caption with its text; `end_frame` is exclusive."""

    start_frame: int
    end_frame: int
    text: str


def match_extents(
    predicted: Sequence[Span], truth: Sequence[Span], tolerance: int = 1
) -> list[tuple[int, int]]:
    """Pair predictions with true captions one to one, as many as possible.

    A pair is allowed when both ends differ by at most `tolerance` frames. Returns index pairs
    (predicted, truth) ordered by prediction.
    """
    allowed = [
        [
            j
            for j, true in enumerate(truth)
            if abs(found[0] - true[0]) <= tolerance and abs(found[1] - true[1]) <= tolerance
        ]
        for found in predicted
    ]
    owner: dict[int, int] = {}
    for start in range(len(predicted)):
        _augment(start, allowed, owner)
    return sorted((i, j) for j, i in owner.items())


def score_extents(
    predicted: Sequence[Span], truth: Sequence[Span], tolerance: int = 1
) -> ExtentScore:
    """Count the predictions whose both ends lie within `tolerance` frames of one true caption."""
    matched = len(match_extents(predicted, truth, tolerance))
    return ExtentScore(matched=matched, predicted=len(predicted), truth=len(truth))


def normalise_text(text: str) -> str:
    """NFKC without any white space; case is kept."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def edit_distance(left: str, right: str) -> int:
    """Insertions, deletions and substitutions that turn one string into the other."""
    if len(left) < len(right):
        left, right = right, left
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def character_error_rate(pairs: Iterable[tuple[str, str]]) -> TextScore:
    """Edits over all pairs of (read text, true text), after `normalise_text`."""
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
    """The error rate of captions as a whole: a missed one costs its text, an extra one its own.

    Captions are paired one to one by overlap in time, the longest overlap first.
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


def _augment(start: int, allowed: list[list[int]], owner: dict[int, int]) -> bool:
    """One augmenting path of the bipartite matching, without recursion."""
    came_from: dict[int, int] = {}
    queue = [start]
    for i in queue:
        for j in allowed[i]:
            if j in came_from:
                continue
            came_from[j] = i
            if j in owner:
                queue.append(owner[j])
                continue
            held = {i: j for j, i in owner.items()}
            step: int | None = j
            while step is not None:
                left = came_from[step]
                owner[step] = left
                step = held.get(left) if left != start else None
            return True
    return False


def _overlap(a: TimedText, b: TimedText) -> int:
    return min(a.end_frame, b.end_frame) - max(a.start_frame, b.start_frame)

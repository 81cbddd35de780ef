"""Caption extents and the pair predictions they are decoded from."""

from enum import StrEnum

import msgspec


class ExtentKind(StrEnum):
    CAPTION = "caption"
    GAP = "gap"


class CaptionExtent(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of frames ``[start_frame, end_frame)`` that show one caption or none.

    The extents of a video tile ``[0, frame_count)``. ``confidence`` is 0 to 1.
    """

    start_frame: int
    end_frame: int
    kind: ExtentKind
    confidence: float


class PairLabel(StrEnum):
    """What the two frames of a pair show."""

    SAME = "same"
    """The same caption."""
    DIFFERENT = "different"
    """Two different captions."""
    EMPTY_EMPTY = "empty_empty"
    EMPTY_VALID = "empty_valid"
    """A caption in the second frame only."""
    VALID_EMPTY = "valid_empty"
    """A caption in the first frame only."""


Probability = float
"""0 to 1."""


class PairProbabilities(msgspec.Struct, frozen=True, kw_only=True):
    """Probabilities of the five classes for one direction of a pair; they sum to 1."""

    same: Probability
    different: Probability
    empty_empty: Probability
    empty_valid: Probability
    valid_empty: Probability

    @property
    def label(self) -> PairLabel:
        """The most probable class; a tie goes to the class declared first."""
        return max(PairLabel, key=lambda label: float(getattr(self, label.value)))

    def of(self, label: PairLabel) -> float:
        return float(getattr(self, label.value))

    def mirrored(self) -> "PairProbabilities":
        """The probabilities of the same pair in the other direction."""
        return msgspec.structs.replace(
            self, empty_valid=self.valid_empty, valid_empty=self.empty_valid
        )


class PairResult(msgspec.Struct, frozen=True, kw_only=True):
    """The prediction for neighbouring frames, in the order frame 1, frame 2."""

    frame1_index: int
    frame2_index: int
    forward: PairProbabilities

    @property
    def backward(self) -> PairProbabilities:
        """The prediction for the order frame 2, frame 1; the file of pairs has both orders."""
        return self.forward.mirrored()


def tiles(extents: list[CaptionExtent], frame_count: int) -> bool:
    """Whether ``extents`` cover ``[0, frame_count)`` in order, without holes or overlaps."""
    at = 0
    for extent in extents:
        if extent.start_frame != at or extent.end_frame <= at:
            return False
        at = extent.end_frame
    return at == frame_count

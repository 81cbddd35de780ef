"""The prediction of one of five classes for every pair of neighbouring frames."""

import math

from captionacc_contracts.frames.extents import PairProbabilities, PairResult

from captionacc_extents.logistic import probability_of
from captionacc_extents.reading.scores import FrameScores


def pair_results(scores: FrameScores) -> list[PairResult]:
    """A row for each of the n - 1 pairs; where frames were not compared, P(different) is a half."""
    shown = [probability_of(float(logit)) for logit in scores.presence]
    rows = []
    for k in range(1, len(scores)):
        logit = float(scores.different[0, k])
        different = 0.5 if math.isnan(logit) else probability_of(logit)
        forward = probabilities(shown[k - 1], shown[k], different)
        rows.append(PairResult(frame1_index=k - 1, frame2_index=k, forward=forward))
    return rows


def probabilities(first: float, second: float, different: float) -> PairProbabilities:
    """Probabilities of the five classes.

    Args:
        first: probability that frame k - 1 shows a caption.
        second: the same for frame k.
        different: probability that the captions differ, if both frames show one.
    """
    both = first * second
    return PairProbabilities(
        same=both * (1 - different),
        different=both * different,
        empty_empty=(1 - first) * (1 - second),
        empty_valid=(1 - first) * second,
        valid_empty=first * (1 - second),
    )

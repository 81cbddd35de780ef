"""The five-class prediction of every pair of neighbouring frames, both ways."""

import math

from captionacc_contracts.frames.extents import PairProbabilities, PairResult

from captionacc_extents.reading.scores import FrameScores


def pair_results(scores: FrameScores) -> list[PairResult]:
    """One row for each of the n - 1 pairs; frames that were not compared count as different."""
    shown = [_sigmoid(float(logit)) for logit in scores.presence]
    rows = []
    for k in range(1, len(scores)):
        logit = float(scores.different[0, k])
        different = 0.5 if math.isnan(logit) else _sigmoid(logit)
        forward = probabilities(shown[k - 1], shown[k], different)
        backward = probabilities(shown[k], shown[k - 1], different)
        rows.append(
            PairResult(frame1_index=k - 1, frame2_index=k, forward=forward, backward=backward)
        )
    return rows


def probabilities(first: float, second: float, different: float) -> PairProbabilities:
    """Classes from the presence of a caption in either frame and P(different | in both)."""
    both = first * second
    return PairProbabilities(
        same=both * (1 - different),
        different=both * different,
        empty_empty=(1 - first) * (1 - second),
        empty_valid=(1 - first) * second,
        valid_empty=first * (1 - second),
    )


def _sigmoid(value: float) -> float:
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    odds = math.exp(value)
    return odds / (1 + odds)
